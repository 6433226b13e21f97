"""The stage `report`: all tables -> figures and one page."""

from myoscene.core.stage import Stage, Table, figures

STAGE = Stage(
    name="report",
    after=("recordings", "emg", "eyes", "face", "mapping", "learn", "scenes", "statistics"),
    when=True,
    groups={"finish": ("save_config", "make_figures", "make_page")},
    tables=(
        Table(
            "config.yaml",
            "the complete configuration of this run, usable as a configuration file",
            read=True,
            page="config",
        ),
        Table(
            "report/index.html",
            "the page: cohort and quality, models per participant, timelines, associations, what was excluded",
            when="has_page",
            read=True,
        ),
        Table("report/figures/{figure}.svg", "a figure", when="has_page", over={"figure": figures}),
        Table("report/figures/narrow/{figure}.svg", "the same for phones", when="has_page", over={"figure": figures}),
    ),
)
