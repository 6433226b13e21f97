"""A real SLURM of one node on this machine, with or without accounting, as long as a ``with`` block lasts.

    python tests/slurm/cluster.py [--accounting]      one to try things on, until Ctrl-C

Root only; `install.sh` first. No systemd and no cgroups: every daemon is a child of this process, stays in the
foreground, and gets a signal from the kernel when this process dies, however it dies. CPUs, memory and graphics cards
are only claimed: nothing of them has to exist. Every wait is bounded.
"""

import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

NAME = "myoscene-test"
MARK = "# Written by tests/slurm/cluster.py of Myoscene; removed when the test ends."
# Not another place: jobs find their configuration only here, since the executor plugin takes every SLURM variable away.
ETC = Path("/etc/slurm")
CPUS = 8
MEMORY_MB = 16000
CARDS = ("/dev/null", "/dev/zero")
LONGEST_WAIT_S = 60
# One at a time on a machine: its configuration has one place only.
LOCK = Path(tempfile.gettempdir()) / "myoscene-slurm.lock"
PREFIX = "myoscene-slurm-"

SLURM_CONF = """{mark}
ClusterName={name}
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
StateSaveLocation={folder}/controller
SlurmdSpoolDir={folder}/node
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
MailProg=/bin/true
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
# Memory is watched once a second, and a job over its limit is killed: what cgroups do on a cluster.
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill,UsePss
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SlurmdParameters=config_overrides
ReturnToService=2
EnforcePartLimits=ALL
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory_mb} Gres=gpu:{gpus} State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE DefMemPerCPU=1000 State=UP
PartitionName=gpu Nodes=ALL MaxTime=60 DefMemPerCPU=1000 State=UP
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0,sched_min_interval=0
MinJobAge={min_job_age_s}
CompleteWait=0
KillWait=2
SlurmctldTimeout=30
SlurmdTimeout=30
{accounting}
"""
ACCOUNTING = """AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePass={folder}/munge/socket
AccountingStoreFlags=job_comment
AccountingStorageTRES=gres/gpu"""
SLURMDBD_CONF = """{mark}
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
DbdHost=localhost
DbdAddr=127.0.0.1
SlurmUser=root
PidFile={folder}/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=root
StorageLoc=slurm_acct_db
"""


def ask(*command: str, seconds: float = 15) -> str | None:
    """What a command prints; None when it fails or does not answer in time."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return None
    return done.stdout if done.returncode == 0 else None


class Cluster:
    """Daemons of one SLURM; ``with Cluster(accounting=True): ...``."""

    def __init__(self, accounting: bool, min_job_age_s: int = 3600) -> None:
        self.accounting = accounting
        self.min_job_age_s = min_job_age_s
        self.daemons: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Cluster":
        if os.geteuid() != 0:
            raise PermissionError("a SLURM for tests is started by root")
        for name in ("slurm.conf", "slurmdbd.conf", "gres.conf", "cgroup.conf"):
            path = ETC / name
            if path.exists() and not path.read_text().startswith(MARK):
                raise FileExistsError(f"{path} is not ours: this machine has a SLURM of its own, use that one")
        self.lock = open(LOCK, "w")  # noqa: SIM115 (held as long as the cluster is)
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.lock.close()
            raise RuntimeError("another SLURM of these tests runs on this machine; wait for its end") from None
        self._end_left_over()
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        self.folder.chmod(0o755)
        try:
            self._configure()
            self._start_all()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _configure(self) -> None:
        for name in ("munge", "controller", "node", "logs"):
            (self.folder / name).mkdir()
        fields = {"mark": MARK, "name": NAME, "host": socket.gethostname().split(".")[0], "folder": self.folder,
                  "cpus": CPUS, "memory_mb": MEMORY_MB, "gpus": len(CARDS),
                  "min_job_age_s": self.min_job_age_s}  # fmt: skip
        accounting = ACCOUNTING if self.accounting else "AccountingStorageType=accounting_storage/none"
        fields["accounting"] = accounting.format(**fields)
        ETC.mkdir(exist_ok=True)
        self._write("slurm.conf", SLURM_CONF.format(**fields))
        # These two play the cards: any character device does, and these are in every container.
        cards = "".join(f"Name=gpu File={device}\n" for device in CARDS)
        self._write("gres.conf", f"{MARK}\n{cards}")
        # Nothing uses cgroups, but slurmd gives up where it finds none to look at, unless told a kind.
        self._write("cgroup.conf", f"{MARK}\nCgroupPlugin=cgroup/v1\n")
        if self.accounting:
            self._write("slurmdbd.conf", SLURMDBD_CONF.format(**fields), mode=0o600)
        key = self.folder / "munge" / "key"
        key.write_bytes(secrets.token_bytes(128))
        key.chmod(0o400)

    def _write(self, name: str, text: str, mode: int = 0o644) -> None:
        path = ETC / name
        path.touch(mode=mode)
        path.chmod(mode)
        path.write_text(text)

    def _start_all(self) -> None:
        munge = self.folder / "munge"
        files = {"socket": "socket", "key-file": "key", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
        self._start("munged", "--foreground", "--force", *(f"--{o}={munge / f}" for o, f in files.items()))
        encoded = ("munge", "-n", "-S", str(munge / "socket"))
        self._wait("munged", lambda: ask(*encoded) is not None)
        if self.accounting:
            self._start_accounting()
        self.start_controller()
        self._start("slurmd", "-D")
        self._wait("slurmd", lambda: ask("srun", "--quiet", "--immediate=3", "-n1", "true", seconds=5) is not None)

    def _start_accounting(self) -> None:
        data, port = self.folder / "mysql", self.folder / "mysql.sock"
        # slurmdbd knows no other way to a socket that lies elsewhere.
        os.environ["MYSQL_UNIX_PORT"] = str(port)
        subprocess.run(
            ["mariadb-install-db", "--no-defaults", "--user=root", f"--datadir={data}", "--skip-test-db",
             "--auth-root-authentication-method=socket"],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=LONGEST_WAIT_S,
        )  # fmt: skip
        self._start(
            "mariadbd", "--no-defaults", "--user=root", f"--datadir={data}", f"--socket={port}", "--skip-networking",
            "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=128M", "--innodb-lock-wait-timeout=900",
        )  # fmt: skip
        hello = ("mariadb", "--no-defaults", "-u", "root", "-S", str(port), "-e", "select 1")
        self._wait("mariadbd", lambda: ask(*hello) is not None)
        self._start("slurmdbd", "-D")
        self._wait("slurmdbd", lambda: ask("sacctmgr", "-n", "-i", "list", "cluster") is not None)
        for words in (["cluster", NAME], ["account", "lab", f"Cluster={NAME}"], ["user", "root", "Account=lab"]):
            ask("sacctmgr", "-i", "-Q", "add", *words)

    def start_controller(self) -> None:
        """Start the controller, which goes on from the state that it left; returns when it answers."""
        self._start("slurmctld", "-D")
        self._wait("slurmctld", lambda: "is UP" in (ask("scontrol", "ping", seconds=5) or ""))

    def stop_controller(self) -> None:
        """Stop the controller; jobs go on running."""
        self._end("slurmctld")

    def jobs(self) -> list[dict[str, str]]:
        """Every job of Snakemake so far, oldest first: id, what it runs, state, memory, CPUs, TRES, and so on."""
        names = {"id": "JobID", "what": "Comment", "state": "State", "memory": "MinMemory", "cpus": "NumCPUs",
                 "tres": "tres-alloc", "gpus": "tres-per-job", "partition": "Partition",
                 "account": "Account"}  # fmt: skip
        columns = ",".join(f"{name}:200" for name in names.values())
        lines = (ask("squeue", "-h", "-t", "all", "--sort=i", "-O", columns) or "").splitlines()
        jobs = [{n: line[i * 200 : (i + 1) * 200].strip() for i, n in enumerate(names)} for line in lines]
        return [job for job in jobs if job["what"].startswith("rule_")]

    def _start(self, program: str, *arguments: str) -> None:
        path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin:/usr/libexec")
        if path is None:
            raise FileNotFoundError(f"{program} is not there: run tests/slurm/install.sh first")
        with open(self.folder / "logs" / f"{program}.log", "ab") as log:
            self.daemons[program] = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", path, *arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def _wait(self, program: str, ready: Callable[[], bool]) -> None:
        end = time.monotonic() + LONGEST_WAIT_S
        while not ready():
            dead = self.daemons[program].poll() is not None
            if dead or time.monotonic() > end:
                log = (self.folder / "logs" / f"{program}.log").read_text(errors="replace")
                raise RuntimeError(f"{program} {'ended' if dead else 'does not answer'}: {log[-2000:]}")
            time.sleep(0.1)

    def _end(self, program: str) -> None:
        daemon = self.daemons.pop(program, None)
        if daemon is None:
            return
        daemon.terminate()
        try:
            daemon.wait(10)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait(10)

    def stop(self) -> None:
        """Cancel every job, stop every daemon, and leave the machine as it was."""
        if "slurmctld" in self.daemons:
            ask("scancel", "--user=root")
            end = time.monotonic() + 10
            while ask("squeue", "-h", "-t", "R,CG") and time.monotonic() < end:
                time.sleep(0.2)
        for program in ("slurmd", "slurmctld", "slurmdbd", "mariadbd", "munged"):
            self._end(program)
        self._end_left_over()
        os.environ.pop("MYSQL_UNIX_PORT", None)
        for path in ETC.glob("*.conf"):
            if path.read_text().startswith(MARK):
                path.unlink()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.lock.close()

    def _end_left_over(self) -> None:
        """Job steps outlive slurmd by design: what such a cluster started goes, told by its spool or environment."""
        spools = str(Path(tempfile.gettempdir()) / PREFIX)
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                ours = f"SLURM_CLUSTER_NAME={NAME}".encode() in (process / "environ").read_bytes().split(b"\0")
                if ours or str((process / "cwd").readlink()).startswith(spools):
                    os.kill(int(process.name), signal.SIGKILL)


if __name__ == "__main__":
    with Cluster(accounting="--accounting" in sys.argv[1:]), contextlib.suppress(KeyboardInterrupt):
        print("a SLURM of one node is up; Ctrl-C stops it", flush=True)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        signal.pause()
