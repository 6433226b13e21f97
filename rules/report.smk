# Report: every table as figures and one page that needs nothing else.
#
# requires  the tables of all stages above that this run has (no models, no ratings or no recordings: their sections
#           say so in one sentence), and results/config.yaml
# makes     results/report/figures/*.svg, the same for phones in figures/narrow/, and results/report/index.html
HAS_SCENES = bool(RUN.scene_models) and RUN.models
HAS_VARIANTS = any(f"{model}_plain" in RUN.eye_models for model in RUN.eye_models)
# Classes of the scene model that is drawn; models of eye images may have some of their own.
SEES_SCENES = RUN.input == "eyes" or (HAS_SCENES and RUN.scene_models[0] in RUN.eye_models)


# Tables that figures are drawn from, by the names that the package gives them; the page reads these and a few more.
FIGURE_TABLES = {
    **({"quality": "results/emg/quality.parquet"} if RUN.has_emg else {}),
    **(
        {
            "people": expand("results/learn/{model}/participants.csv", model=RUN.models),
            "summary": expand("results/learn/{model}/summary.csv", model=RUN.models),
            "confusion": expand("results/learn/{model}/confusion.csv", model=RUN.models),
            "windows": expand("results/learn/{model}/predictions.parquet", model=RUN.models),
        }
        if RUN.models
        else {}
    ),
    **(
        {
            "scene_predictions": expand(
                "results/scenes/predictions/{model}/{participant}.parquet",
                model=RUN.scene_models[:1],
                participant=RUN.participants,
            ),
            "events": expand("results/recordings/events/{participant}.parquet", participant=RUN.participants),
            "expression_features": "results/scenes/expression_features.parquet",
        }
        if HAS_SCENES
        else {}
    ),
    **({"associations": "results/statistics/tlx_associations.csv"} if RUN.has_ratings else {}),
    **({"null_check": "results/statistics/null_check.csv"} if RUN.null_batches else {}),
    **({"simulation": "results/statistics/simulation.csv"} if RUN.has_simulation else {}),
    **({"eye_personalisation": "results/eyes/personalisation.csv"} if RUN.has_eyes else {}),
    **({"personalisation_effect": "results/learn/personalisation.csv"} if HAS_VARIANTS else {}),
    **({"modalities": "results/learn/modalities.csv"} if RUN.fusion_models else {}),
    **({"learning_curve": "results/learn/learning_curve.csv"} if RUN.curve else {}),
    **(
        {
            "eye_frames": expand("results/eyes/frames/{participant}.parquet", participant=RUN.eye_participants),
            "eye_images": expand("results/eyes/images/{participant}.npy", participant=RUN.eye_participants),
            "eye_neutrals": expand("results/eyes/neutrals/{participant}.npy", participant=RUN.eye_participants),
        }
        if RUN.shows_eyes
        else {}
    ),
}
PAGE_TABLES = {
    **FIGURE_TABLES,
    "config": "results/config.yaml",
    "exclusions": "results/recordings/exclusions.csv",
    "participants": "results/recordings/participants.csv",
    **(
        {"description": f"{RUN.dataset}/dataset_description.json"}
        if RUN.input in ("emg", "eyes") and os.path.isfile(f"{RUN.dataset}/dataset_description.json")
        else {}
    ),
    **(
        {
            "sheet": "results/recordings/sheet.parquet",
            "normalisers": expand("results/emg/normalisers/{participant}.json", participant=RUN.participants),
        }
        if RUN.has_emg
        else {}
    ),
    **(
        {
            "expression_features": "results/scenes/expression_features.parquet",
            "dictionary": "results/scenes/feature_dictionary.csv",
            "scene_effects": "results/statistics/scene_effects.csv",
            "scene_pairs": "results/statistics/scene_pairs.csv",
        }
        if RUN.has_scene_features
        else {}
    ),
    **(
        {
            "cards": expand("results/learn/{model}/{fold}.json", model=RUN.models, fold=RUN.folds[:1]),
            "comparison": "results/learn/comparison.csv",
            "class_scores": expand("results/learn/{model}/classes.csv", model=RUN.models),
        }
        if RUN.models
        else {}
    ),
    **(
        {
            "eye_sheet": "results/eyes/sheet.csv",
            "eye_identical": "results/eyes/identical.csv",
        }
        if RUN.has_eyes
        else {}
    ),
    **(
        {
            "eye_removed": "results/eyes/removed.csv",
            "eye_features": expand("results/eyes/features/{participant}.parquet", participant=RUN.eye_participants),
        }
        if RUN.eye_models
        else {}
    ),
    **({"modalities_comparison": "results/learn/modalities_comparison.csv"} if RUN.fusion_models else {}),
    **({"raters": "results/learn/raters.csv"} if RUN.raters else {}),
    **({"scores": "results/scenes/scores.csv"} if HAS_SCENES else {}),
    **({"families": "results/statistics/families.csv"} if RUN.has_ratings else {}),
}
# Figure -> the heading that it stands under in the report that Snakemake itself makes.
FIGURES = {
    **({"quality": "Recordings"} if RUN.has_emg else {}),
    **(dict.fromkeys(["eye_neutrals", "eye_examples"], "Eye images") if RUN.shows_eyes else {}),
    **(dict.fromkeys(["participants", "confusion", "calibration"], "Classification") if RUN.models else {}),
    **({"personalisation": "Classification"} if HAS_VARIANTS else {}),
    **({"modalities": "Classification"} if RUN.fusion_models else {}),
    **({"learning_curve": "Classification"} if RUN.curve else {}),
    **(dict.fromkeys(["timelines", "occupancy"], "Scenes") if HAS_SCENES else {}),
    **(dict.fromkeys(["associations", "forest"], "Workload") if RUN.has_ratings else {}),
    **({"null_check": "Checks"} if RUN.null_batches else {}),
    **({"simulation": "Checks"} if RUN.has_simulation else {}),
}
REPORT_OPTIONS = {
    "classes": RUN.eye_classes if SEES_SCENES else config["recordings"]["classes"],
    "alpha": config["statistics"]["alpha"],
    "scene_model": RUN.scene_models[0] if HAS_SCENES else "",
    "timeline_participants": config["report"]["timeline_participants"],
    "top_associations": config["report"]["top_associations"],
    "heatmap_features": config["report"]["heatmap_features"],
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
            unpack(lambda wildcards: FIGURE_TABLES),
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
        unpack(lambda wildcards: PAGE_TABLES),
        wide=expand("results/report/figures/{name}.svg", name=FIGURES),
        narrow=expand("results/report/figures/narrow/{name}.svg", name=FIGURES),
        # Files that the page is made with and that no import leads to.
        layout=[
            os.path.relpath(os.path.join(workflow.basedir, "workflow_scripts/myoscene/report", name))
            for name in ("template.html.j2", "style.css")
        ],
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
        title=config["report"]["title"],
        options=REPORT_OPTIONS,
    script:
        "../workflow_scripts/make_page.py"
