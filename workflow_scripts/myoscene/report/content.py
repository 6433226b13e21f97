"""The sections of the page, in reading order."""

from typing import Any

from myoscene.report.blocks import Section
from myoscene.report.load import Tables
from myoscene.report.sections.appendix import dictionary_section, methods_section, software_section
from myoscene.report.sections.cohort import cohort_section, exclusions_section, quality_section
from myoscene.report.sections.eye_models import eye_models_section
from myoscene.report.sections.eyes import eyes_section
from myoscene.report.sections.learning import learning_section
from myoscene.report.sections.scenes import (
    effects_section,
    occupancy_section,
    scores_section,
    timelines_section,
)
from myoscene.report.sections.workload import associations_section, checks_section


def sections(tables: Tables, options: dict[str, Any]) -> list[Section]:
    """Every section; one that the run has nothing for says so in one sentence."""
    found = [
        cohort_section(tables),
        quality_section(tables),
        eyes_section(tables, options),
        learning_section(tables),
        eye_models_section(tables),
        timelines_section(tables, options),
        occupancy_section(tables, options),
        scores_section(tables),
        effects_section(tables, options),
        associations_section(tables, options),
        checks_section(tables, options),
        exclusions_section(tables),
        dictionary_section(tables),
        methods_section(tables),
        software_section(tables),
    ]
    return [section for section in found if section is not None]
