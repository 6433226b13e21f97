# Report: every table as figures and one page that needs nothing else.
#
# requires  the tables of all stages above that this run has (no models, no ratings or no recordings: their sections
#           say so in one sentence), and results/config.yaml
# makes     results/report/figures/*.svg, the same for phones in figures/narrow/, and results/report/index.html
# Classes of the scene model that is drawn; models of eye images may have some of their own.
SEES_SCENES = RUN.input == "eyes" or any(model in RUN.eye_models for model in RUN.first_scene_model)
FIGURES = figures(RUN)
REPORT_OPTIONS = {
    "classes": RUN.eye_classes if SEES_SCENES else config["recordings"]["classes"],
    "alpha": config["statistics"]["alpha"],
    "scene_model": "".join(RUN.first_scene_model),
    **{name: config["report"][name] for name in ("timeline_participants", "top_associations", "heatmap_features")},
    "show_eyes": RUN.shows_eyes,
}


rule save_config:
    output:
        "results/config.yaml",
    params:
        config=RUN.saved_config,
    script:
        "../workflow_scripts/save_config.py"


if FIGURES:

    # One rule for all of them: a job's start costs more than its figures.
    rule make_figures:
        input:
            **page_inputs(RUN, drawn=True),
        output:
            wide=[
                report(
                    f"results/report/figures/{name}.svg",
                    caption=f"../config/captions/{name}.rst",
                    category=category,
                    labels={"figure": name.replace("_", " ")},
                )
                for name, category in FIGURES.items()
            ],
            narrow=expand("results/report/figures/narrow/{name}.svg", name=FIGURES),
        resources:
            mem_mb=memory(700),
            runtime=minutes(20),
        params:
            options={
                **REPORT_OPTIONS,
                "neutral": config["eyes" if SEES_SCENES else "recordings"]["neutral"],
                "eye_neutral": config["eyes"]["neutral"],
                "calibration_bins": config["learn"]["evaluation"]["calibration_bins"],
            },
        script:
            "../workflow_scripts/make_figures.py"


rule make_page:
    input:
        **page_inputs(RUN),
        seen=seen("make_page"),
        wide=expand("results/report/figures/{name}.svg", name=FIGURES),
        narrow=expand("results/report/figures/narrow/{name}.svg", name=FIGURES),
    output:
        page=report(
            "results/report/index.html",
            caption="../config/captions/page.rst",
            category="Page",
            labels={"figure": "everything on one page"},
        ),
    resources:
        mem_mb=memory(700),
    params:
        # What the page is made with and no import leads to.
        *contents("myoscene/report/template.html.j2", "myoscene/report/style.css"),
        raw=lambda wildcards: RawFiles(RUN.description, RUN.dataset),
        title=config["report"]["title"],
        options=REPORT_OPTIONS,
    script:
        "../workflow_scripts/make_page.py"
