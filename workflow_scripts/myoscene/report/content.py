"""The sections of the page, in reading order."""

from myoscene.report.blocks import Section
from myoscene.report.load import Options, Tables
from myoscene.report.sections import appendix, cohort, eye_models, eyes, learning, scenes, workload

SECTIONS = (
    cohort.cohort_section,
    cohort.quality_section,
    eyes.eyes_section,
    learning.learning_section,
    eye_models.eye_models_section,
    scenes.timelines_section,
    scenes.occupancy_section,
    scenes.scores_section,
    scenes.effects_section,
    workload.associations_section,
    workload.checks_section,
    cohort.exclusions_section,
    appendix.dictionary_section,
    appendix.methods_section,
    appendix.software_section,
)


def sections(tables: Tables, options: Options) -> list[Section]:
    """Every section; one that the run has nothing for says so in one sentence."""
    found = (section_of(tables, options) for section_of in SECTIONS)
    return [section for section in found if section is not None]
