"""Cohorts in memory that several tests look at."""

import pytest
from myoscene.demo.people import SimulatedPerson, generate_cohort


@pytest.fixture(scope="package")
def cohort() -> list[SimulatedPerson]:
    """The default cohort: 8 people, seed 1."""
    return generate_cohort()
