"""Fixtures that every stage's tests share."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from myoscene.machinery.job import keep_memory

# As in a job: tests call what trains directly.
keep_memory()

# Machines are slow when they are busy: no test may fail by how long it took.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

REPOSITORY = Path(__file__).resolve().parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slurm", action="store_true", help="run the tests that start a real SLURM on this machine")
    parser.addoption("--everybody", action="store_true", help="all people of the public recordings, not six of each")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--slurm"):
        skip = pytest.mark.skip(reason="starts a real SLURM, as root: make test-slurm")
        for item in items:
            if "slurm" in item.keywords and item.get_closest_marker("slurm"):
                item.add_marker(skip)
    items.sort(key=_turn)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Tests of a module go to one process, but for those that are spread. (Not by xdist_group: pytest 9.2 has another
    place for the name of a test than the one where xdist 3.8 writes the group.)"""
    from xdist.scheduler import LoadScopeScheduling

    class ByModule(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path = nodeid.split("::")[0].removeprefix("tests/")
            if path.startswith(SPREAD):
                return nodeid
            return next((room for room in TOGETHER if path.startswith(room)), path)

    return ByModule(config, log)


# Without torch (`make test-python`) what needs it is skipped, and nothing else.
HAS_TORCH = find_spec("torch") is not None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report: Any = yield
    fault = call.excinfo.value if call.excinfo else None
    if not HAS_TORCH and isinstance(fault, ModuleNotFoundError) and fault.name == "torch":
        report.outcome, report.longrepr = "skipped", (str(item.path), 0, "Skipped: needs torch")
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    report: Any = yield
    if not HAS_TORCH and report.failed and "No module named 'torch'" in str(report.longrepr):
        report.outcome, report.longrepr = "skipped", (str(collector.path), 0, "Skipped: needs torch")
    return report


# Modules that take minutes begin, so that short ones fill the end, when not every process has one left.
LONG = ("workflow/test_whole_run", "real/test_real_gestures", "real/test_real_eyes", "faults/test_damage",
        "workflow/test_arriving", "faults/test_kills", "real/", "workflow/", "faults/", "report/",
        "statistics/test_null_check", "config/test_keys", "fuzz/")  # fmt: skip
# Tests of a module go to one process, which makes what they share once. These share nothing that takes long.
SPREAD = ("fuzz/", "workflow/test_refusals", "faults/test_kills", "faults/test_disk", "faults/test_places")
# Rooms whose modules share what takes long, too.
TOGETHER = ("report/", "face/")


def _turn(item: pytest.Item) -> int:
    path = item.path.as_posix()
    return next((number for number, part in enumerate(LONG) if f"/tests/{part}" in path), len(LONG))


# Here, since only this file is read by the process that prints.
def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The tables of injected faults and of the fuzz runs, where any took part."""
    from faults.table import show_faults
    from fuzz.summary import show_counts

    show_faults(terminalreporter)
    show_counts(terminalreporter)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The repository's root."""
    return REPOSITORY


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of public recordings that only some machines have."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the public recordings of ../shared/data are not on this machine")
    return folder
