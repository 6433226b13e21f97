"""One planted cohort, mapped once."""

from dataclasses import replace

import pytest
from mapping.cohort import planted, written
from myoscene.mapping.protocols import Outcome, run_protocols
from myoscene.mapping.settings import MappingSettings

QUICK = MappingSettings(trees=20, curve=[0.1, 0.6], calibration_s=[20.0], bootstrap=99)


@pytest.fixture(scope="session")
def quick() -> MappingSettings:
    return replace(QUICK)


@pytest.fixture(scope="session")
def outcome(quick: MappingSettings, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    from myoscene.mapping.clock import read_pairing

    paths = written(tmp_path_factory.mktemp("mapping"), *planted(people=3, seconds=120))
    return run_protocols(read_pairing(*paths, quick), quick)
