"""A cluster's SLURM, as seen from here: what answers, how jobs can be watched, and lines for the site's profile."""

import getpass
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Set
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from myoscene.machinery.doctor.machine import ROOT, Finding, fault, note, ok

PLUGIN = "snakemake-executor-plugin-slurm"
COMMANDS = ("sbatch", "squeue", "scontrol", "sinfo", "scancel")
# The plugin looks at its jobs less and less often, down to every 180 s: what ended has to be shown until then.
LONGEST_PAUSE_S = 180
# It trusts squeue only when ended jobs stay visible for three of its first delays, and turns to sacct otherwise.
DELAYS = 3
# The longest bundle of jobs on its third attempt, for a small cohort, in minutes: times of jobs in a row add up, and
# every attempt asks for as much again. SLURM may let a job wait for ever that asks for more than its partition gives.
LONGEST_JOB_MIN = 3 * 160
# Rules that train networks; where a site hands out GPUs, they are the ones to ask.
TRAINING = ("train_network", "train_blinks")


class NoAnswer(Exception):
    """Why a program said nothing."""


def ask(command: list[str], seconds: float) -> str:
    """What ``command``, run without a shell, says; NoAnswer if it fails or takes longer than ``seconds``."""
    try:
        # A session of its own: what a wrapper script leaves behind must not hold our pipes open.
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            errors="replace", start_new_session=True,
        ) as process:  # fmt: skip
            try:
                output, errors = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)  # with everything that it started
                process.wait()
                raise NoAnswer(f"`{command[0]}` gave no answer within {seconds:g} s") from None
    except OSError as error:
        raise NoAnswer(f"`{command[0]}` cannot be run: {error.strerror}") from None
    if process.returncode != 0:
        last = errors.strip().splitlines()[-1:] or [f"exit code {process.returncode}"]
        raise NoAnswer(f"`{command[0]}`: {last[0]}")
    return output


@dataclass(frozen=True)
class Partition:
    """A partition as sinfo tells it; ``minutes`` None: no limit; ``restricted``: only for some accounts or groups."""

    name: str
    default: bool
    up: bool
    cpus: int
    memory_mb: int
    minutes: int | None
    gres: str
    restricted: bool = False


@dataclass
class Cluster:
    """What was seen of SLURM. ``present``: its commands exist. ``silent``: why it does not answer, if so."""

    present: bool = False
    absent_commands: list[str] = field(default_factory=list)
    plugin: str | None = None
    silent: str = ""
    version: str = ""
    min_job_age_s: int | None = None
    accounting: bool = False
    why_no_accounting: str = ""
    has_sacct: bool = False
    cancels_preempted: bool = False
    accounts: list[str] = field(default_factory=list)
    partitions: list[Partition] = field(default_factory=list)

    @property
    def answers(self) -> bool:
        return self.present and not self.silent and not self.absent_commands

    def shows_ended(self, delay_s: int) -> bool:
        """Whether squeue shows jobs for long enough after their end."""
        return self.min_job_age_s is not None and self.min_job_age_s >= needed_age_s(delay_s)


def needed_age_s(delay_s: int) -> int:
    """The MinJobAge with which no ended job is missed, by the first delay of the plugin."""
    return max(DELAYS * delay_s, LONGEST_PAUSE_S + 20)


def look(seconds: float = 10) -> Cluster:
    """Ask SLURM, each question for at most ``seconds``; the first silence ends it, so that nobody waits for long."""
    seen = Cluster(present=any(shutil.which(command) for command in COMMANDS), plugin=_plugin())
    if not seen.present:
        return seen
    seen.absent_commands = [command for command in COMMANDS if not shutil.which(command)]
    seen.has_sacct = shutil.which("sacct") is not None
    if seen.absent_commands:
        return seen
    details = ""
    try:
        said = ask(["scontrol", "show", "config"], seconds)
        settings = dict(re.findall(r"^(\w+)\s*=\s*(.*?)\s*$", said, re.M))
        seen.version = settings.get("SLURM_VERSION", "")
        seen.min_job_age_s = _number(settings.get("MinJobAge", ""))
        nodes = ask(["sinfo", "-h", "-o", "%P|%a|%c|%m|%l|%G"], seconds)
    except NoAnswer as error:
        seen.silent = str(error)
        return seen
    with suppress(NoAnswer):
        details = ask(["scontrol", "show", "partition", "-o"], seconds)
    seen.partitions = partitions(nodes, restricted(details))
    modes = re.findall(r"\bPreemptMode\s*=\s*(\S+)", said + details)
    seen.cancels_preempted = any("CANCEL" in mode.upper() for mode in modes)
    _look_at_accounting(seen, seconds)
    return seen


def _look_at_accounting(seen: Cluster, seconds: float) -> None:
    user = getpass.getuser()
    try:
        if not seen.has_sacct:
            raise NoAnswer("there is no `sacct`")
        ask(["sacct", "-n", "-X", "-u", user, "-o", "JobID"], seconds)
        seen.accounting = True
    except NoAnswer as error:
        seen.why_no_accounting = str(error)
    if seen.accounting and shutil.which("sacctmgr"):
        command = ["sacctmgr", "-n", "-P", "-s", "show", "user", user, "format=defaultaccount,account"]
        with suppress(NoAnswer):
            rows = [line.strip().split("|") for line in ask(command, seconds).splitlines()]
            # The user's default first: another one would charge another project.
            seen.accounts = sorted({row[-1] for row in rows if row[-1]}, key=lambda name: (name != rows[0][0], name))


def _plugin() -> str | None:
    try:
        return version(PLUGIN)
    except PackageNotFoundError:
        return None


def _number(value: str) -> int | None:
    """The number that a text such as "300 sec" begins with."""
    found = re.match(r"(\d+)", value)
    return int(found[1]) if found else None


def _minutes(limit: str) -> int | None:
    """SLURM's ``[days-]hours:minutes:seconds`` or ``minutes:seconds`` in minutes; None for no limit."""
    found = re.fullmatch(r"(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)", limit)
    if not found:
        return None
    days, hours, minutes, _ = (int(part or 0) for part in found.groups())
    return (days * 24 + hours) * 60 + minutes


def restricted(listing: str) -> set[str]:
    """Partitions of ``scontrol show partition -o`` that not every account or group may use."""
    rows = [dict(re.findall(r"(\w+)=(\S*)", line)) for line in listing.splitlines()]
    some = [row for row in rows if {row.get("AllowGroups", "ALL"), row.get("AllowAccounts", "ALL")} != {"ALL"}]
    return {row.get("PartitionName", "") for row in some}


def partitions(listing: str, for_some: Set[str] = frozenset()) -> list[Partition]:
    """Partitions of ``sinfo -h -o "%P|%a|%c|%m|%l|%G"``; of several kinds of nodes the one with the most memory."""
    found: dict[str, Partition] = {}
    for parts in (line.strip().split("|") for line in listing.splitlines() if line.count("|") == 5):
        name, state, cpus, memory, limit, gres = parts
        one = Partition(
            name.rstrip("*"), name.endswith("*"), state == "up", _number(cpus) or 0, _number(memory) or 0,
            _minutes(limit), "" if gres in ("(null)", "N/A") else gres, name.rstrip("*") in for_some,
        )  # fmt: skip
        known = found.get(one.name)
        if known is None or (bool(one.gres), one.memory_mb) > (bool(known.gres), known.memory_mb):
            found[one.name] = one
    return list(found.values())


def node_command(seen: Cluster, partition: Partition | None) -> list[str]:
    """The words that run a command on a compute node, if one is free at once; none where that cannot be asked."""
    if not (shutil.which("srun") and seen.answers) or partition is None or "SLURM_JOB_ID" in os.environ:
        return []
    words = ["srun", "--quiet", "--immediate=5", "--ntasks=1", "--time=1", "--job-name=myoscene-doctor"]
    account = [f"--account={seen.accounts[0]}"] if seen.accounts else []
    return [*words, f"--partition={partition.name}", *account]


def first_delay(profile: Path = ROOT / "config" / "profiles" / "slurm" / "config.yaml") -> int:
    """Seconds to the first look at a job, of the profile that comes with the workflow."""
    import yaml

    return int(yaml.safe_load(profile.read_text(encoding="utf-8"))["slurm-init-seconds-before-status-checks"])


def findings(seen: Cluster, delay_s: int) -> list[Finding]:
    """What of ``seen`` is well, good to know, or makes a run with the profile ``slurm`` hang or fail."""
    if not seen.present:
        said = ok("SLURM", "not on this machine; --workflow-profile config/profiles/workstation is for it")
        return [said, *([note("executor plugin", "installed, and not needed without SLURM")] if seen.plugin else [])]
    if seen.absent_commands:
        return [fault("SLURM", f"only half there, without {', '.join(seen.absent_commands)}")]
    if seen.silent:
        unused = " (the plugin is installed, which makes every call of Snakemake slow here)" if seen.plugin else ""
        return [fault("SLURM", f"its commands are there, but nothing answers: {seen.silent}{unused}")]
    found = [ok("SLURM", f"{seen.version} answers")]
    if seen.plugin:
        found.append(ok("executor plugin", f"{PLUGIN} {seen.plugin}"))
    else:
        found.append(fault("executor plugin", "not installed, so no run on SLURM: `make slurm` installs it"))
    if "SLURM_JOB_ID" in os.environ:
        found.append(note("SLURM", "this is inside a job; start Snakemake on the login node"))
    return [*found, *_watching(seen, delay_s), *_places(seen)]


def _watching(seen: Cluster, delay_s: int) -> list[Finding]:
    """How jobs are watched: what squeue and sacct can be trusted with."""
    accounting = ok("accounting", "sacct answers")
    if not seen.accounting:
        text = f"none ({seen.why_no_accounting}): jobs are watched with squeue alone, as the profile does; with the "
        accounting = note("accounting", text + "plugin's own setting, sacct, a run waits for ever")
    shown = f"squeue shows ended jobs for {seen.min_job_age_s} s (MinJobAge)"
    if seen.shows_ended(delay_s):
        return [accounting, ok("squeue", shown)]
    needed = f"{shown}, less than the {needed_age_s(delay_s)} s needed"
    if not seen.accounting:
        text = f"{needed}, and there is no accounting: an ended job is missed and the run waits for ever; ask the "
        return [accounting, fault("squeue", text + "administrators for a longer MinJobAge")]
    text = f"{needed}: take the option printed below; then a job cancelled with scancel is never noticed, so cancel "
    return [accounting, note("squeue", text + "by interrupting Snakemake")]


def _places(seen: Cluster) -> list[Finding]:
    """Partitions, their limits and GPUs, and accounts."""
    found = [_place(one) for one in seen.partitions]
    if not any(one.up for one in seen.partitions):
        found.append(fault("partitions", "all of them are down: jobs would wait for ever"))
    elif not any(one.default for one in seen.partitions):
        found.append(note("partitions", "there is no default one: the site's profile has to name one"))
    if seen.cancels_preempted:
        text = "SLURM cancels jobs that make room for others (PreemptMode), which Snakemake does not notice: it waits "
        text += "for them for ever. Take a partition without preemption; else interrupt the run and start it again"
        found.append(note("preemption", text))
    if not seen.has_sacct:
        text = "the plugin asks `sacct` for one before it submits anything, and there is no such program: put one that "
        found.append(fault("account", text + "only fails in its place, with the lines printed below"))
    elif seen.accounts:
        found.append(ok("account", ", ".join(seen.accounts)))
    return found


def _place(one: Partition) -> Finding:
    limit = "no time limit" if one.minutes is None else f"at most {one.minutes} min"
    said = f"{one.cpus} CPUs, {one.memory_mb} MB a node, {limit}" + (f", {one.gres}" if one.gres else "")
    said += ", only for some accounts or groups" if one.restricted else ""
    if not one.up:
        return note(f"partition {one.name}", f"{said}; not up")
    if one.default and one.minutes is not None and one.minutes < LONGEST_JOB_MIN:
        text = f"{said}; a bundle of jobs asks for up to {LONGEST_JOB_MIN} min on its third attempt, and would "
        text += "wait for ever: name another partition in the site's profile, or make group-components smaller"
        return note(f"partition {one.name}", text)
    return ok(f"partition {one.name}", said + (" (default)" if one.default else ""))


def best_partition(partitions: list[Partition]) -> Partition | None:
    """The default partition where a bundle of jobs fits into its limit; else that with the longest limit, GPUs last.

    One that only some may use is chosen where there is no other.
    """
    up = [one for one in partitions if one.up]
    usable = [one for one in up if not one.restricted] or up
    for one in usable:
        if one.default and (one.minutes is None or one.minutes >= LONGEST_JOB_MIN):
            return one
    return max(usable, key=lambda one: (not one.gres, one.minutes is None, one.minutes or 0), default=None)


def site_profile(seen: Cluster, delay_s: int) -> str:
    """A ready config/profiles/site/config.yaml; empty where SLURM does not answer."""
    if not seen.answers:
        return ""
    lines = ["# config/profiles/site/config.yaml: these lines in place of all that stands there", "default-resources:"]
    chosen = best_partition(seen.partitions)
    if chosen:
        lines.append(f"  slurm_partition: {_name(chosen.name)}")
    if seen.accounts:
        others = f"  # or {', '.join(seen.accounts[1:])}" if len(seen.accounts) > 1 else ""
        lines.append(f"  slurm_account: {_name(seen.accounts[0])}{others}")
    if len(lines) == 2:  # nothing is to be said, and a profile may not be empty
        lines[1] = "latency-wait: 60"
    with_cards = [one for one in seen.partitions if one.up and "gpu" in one.gres]
    cards = min(with_cards, key=lambda one: one.default, default=None)
    if cards:
        lines += ["# For execution.device: cuda, or where a partition takes no job without a GPU:", "# set-resources:"]
        for rule in TRAINING:
            lines += [
                f"#   {rule}:",
                f"#     slurm_partition: {_name(cards.name)}",
                "#     gres: gpu:1        # or gpu: 1",
            ]
    if seen.accounting and not seen.shows_ended(delay_s):
        lines += ["", "# in config/profiles/slurm/config.yaml, in place of the same option there"]
        lines += ["slurm-status-command: sacct"]
    return "\n".join(lines) + "\n"


def _name(name: str) -> str:
    """In quotes twice: Snakemake evaluates what YAML leaves, and would take `all` for a function, 2024-15 for 2009."""
    return f"\"'{name}'\""


def shell_lines(seen: Cluster) -> str:
    """For a shell, without sacct: the plugin goes on without an account when it fails, but not when it is absent."""
    if not seen.answers or seen.has_sacct:
        return ""
    lines = ["# in a shell, once", "mkdir -p ~/sacct && printf '#!/bin/sh\\nexit 1\\n' > ~/sacct/sacct"]
    lines += ["chmod +x ~/sacct/sacct", "# in every session, before a run", 'export PATH="$HOME/sacct:$PATH"']
    return "\n".join(lines) + "\n"
