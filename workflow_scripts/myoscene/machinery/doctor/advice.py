"""What the doctor prints to put in a profile."""

from myoscene.machinery.doctor.machine import available_mb
from myoscene.machinery.doctor.slurm import LONGEST_JOB_MIN, Cluster, Partition

# Rules that train networks; where a site hands out GPUs, they are the ones to ask.
TRAINING = ("train_network", "train_blinks")


def workstation_lines() -> str:
    """A line for config/profiles/workstation/config.yaml: nine tenths of the free memory for jobs."""
    memory = available_mb()
    if memory is None:
        return ""
    where = "# to be added to config/profiles/workstation/config.yaml, for runs on this machine alone"
    return f"{where}\nresources: [mem_mb={memory * 9 // 10}]\n"


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
    cards = min(with_cards, key=lambda one: one.default) if with_cards else None
    if cards:
        lines += ["# Training runs on the CPU. Only where a partition takes no job without a GPU:", "# set-resources:"]
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
