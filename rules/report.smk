# Report: every table as figures and one page that needs nothing else.
#
# requires  the tables of all stages above that this run has (no models, no ratings or no recordings: their sections
#           say so in one sentence), and results/config.yaml
# makes     results/report/figures/*.svg, the same for phones in figures/narrow/, and results/report/index.html
HAS_SCENES = bool(SCENE_MODELS) and HAS_MODELS
# Without it no rule of the report even reads an eye image: eye images identify people.
SHOW_EYES = HAS_EYES and config["report"]["show_eyes"]
HAS_VARIANTS = any(f"{model}_plain" in EYE_MODELS for model in EYE_MODELS)
# Classes of the scene model that is drawn; models of eye images may have some of their own.
SEES_SCENES = INPUT == "eyes" or (HAS_SCENES and SCENE_MODELS[0] in EYE_MODELS)


# Tables that figures are drawn from, by the names that the package gives them; the page reads these and a few more.
FIGURE_TABLES = {
    **({"quality": "results/emg/quality.parquet"} if INPUT == "emg" else {}),
    **(
        {
            "people": expand("results/learn/{model}/participants.csv", model=MODELS),
            "summary": expand("results/learn/{model}/summary.csv", model=MODELS),
            "confusion": expand("results/learn/{model}/confusion.csv", model=MODELS),
            "windows": expand("results/learn/{model}/predictions.parquet", model=MODELS),
        }
        if HAS_MODELS
        else {}
    ),
    **(
        {
            "scene_predictions": expand(
                "results/scenes/predictions/{model}/{participant}.parquet",
                model=SCENE_MODELS[:1],
                participant=PARTICIPANTS,
            ),
            "events": expand(
                "results/recordings/events/{participant}.parquet",
                participant=PARTICIPANTS,
            ),
            "expression_features": "results/scenes/expression_features.parquet",
        }
        if HAS_SCENES
        else {}
    ),
    **({"associations": "results/statistics/tlx_associations.csv"} if HAS_RATINGS else {}),
    **({"null_check": "results/statistics/null_check.csv"} if NULL_BATCHES else {}),
    **({"simulation": "results/statistics/simulation.csv"} if HAS_SIMULATION else {}),
    **({"eye_personalisation": "results/eyes/personalisation.csv"} if HAS_EYES else {}),
    **({"personalisation_effect": "results/learn/personalisation.csv"} if HAS_VARIANTS else {}),
    **({"modalities": "results/learn/modalities.csv"} if FUSION_MODELS else {}),
    **({"learning_curve": "results/learn/learning_curve.csv"} if CURVE else {}),
    **(
        {
            "eye_frames": expand(
                "results/eyes/frames/{participant}.parquet",
                participant=EYE_PARTICIPANTS,
            ),
            "eye_images": expand("results/eyes/images/{participant}.npy", participant=EYE_PARTICIPANTS),
            "eye_neutrals": expand("results/eyes/neutrals/{participant}.npy", participant=EYE_PARTICIPANTS),
        }
        if SHOW_EYES
        else {}
    ),
}
PAGE_TABLES = {
    **FIGURE_TABLES,
    "config": "results/config.yaml",
    "exclusions": "results/recordings/exclusions.csv",
    "participants": "results/recordings/participants.csv",
    **(
        {"description": f"{DATASET}/dataset_description.json"}
        if INPUT in ("emg", "eyes") and os.path.isfile(f"{DATASET}/dataset_description.json")
        else {}
    ),
    **(
        {
            "sheet": "results/recordings/sheet.parquet",
            "normalisers": expand("results/emg/normalisers/{participant}.json", participant=PARTICIPANTS),
        }
        if INPUT == "emg"
        else {}
    ),
    **(
        {
            "expression_features": "results/scenes/expression_features.parquet",
            "dictionary": "results/scenes/feature_dictionary.csv",
            "scene_effects": "results/statistics/scene_effects.csv",
            "scene_pairs": "results/statistics/scene_pairs.csv",
        }
        if HAS_SCENE_FEATURES
        else {}
    ),
    **(
        {
            "cards": expand("results/learn/{model}/{fold}.json", model=MODELS, fold=FOLDS[:1]),
            "comparison": "results/learn/comparison.csv",
            "class_scores": expand("results/learn/{model}/classes.csv", model=MODELS),
        }
        if HAS_MODELS
        else {}
    ),
    **(
        {
            "eye_sheet": "results/eyes/sheet.csv",
            "eye_identical": "results/eyes/identical.csv",
        }
        if HAS_EYES
        else {}
    ),
    **(
        {
            "eye_removed": "results/eyes/removed.csv",
            "eye_features": expand(
                "results/eyes/features/{participant}.parquet",
                participant=EYE_PARTICIPANTS,
            ),
        }
        if EYE_MODELS
        else {}
    ),
    **({"modalities_comparison": "results/learn/modalities_comparison.csv"} if FUSION_MODELS else {}),
    **({"raters": "results/learn/raters.csv"} if HAS_RATERS else {}),
    **({"scores": "results/scenes/scores.csv"} if HAS_SCENES else {}),
    **({"families": "results/statistics/families.csv"} if HAS_RATINGS else {}),
}
# Figure -> the heading that it stands under in the report that Snakemake itself makes.
FIGURES = {
    **({"quality": "Recordings"} if INPUT == "emg" else {}),
    **(dict.fromkeys(["eye_neutrals", "eye_examples"], "Eye images") if SHOW_EYES else {}),
    **(dict.fromkeys(["participants", "confusion", "calibration"], "Classification") if HAS_MODELS else {}),
    **({"personalisation": "Classification"} if HAS_VARIANTS else {}),
    **({"modalities": "Classification"} if FUSION_MODELS else {}),
    **({"learning_curve": "Classification"} if CURVE else {}),
    **(dict.fromkeys(["timelines", "occupancy"], "Scenes") if HAS_SCENES else {}),
    **(dict.fromkeys(["associations", "forest"], "Workload") if HAS_RATINGS else {}),
    **({"null_check": "Checks"} if NULL_BATCHES else {}),
    **({"simulation": "Checks"} if HAS_SIMULATION else {}),
}
REPORT_OPTIONS = {
    "classes": EYE_CLASSES if SEES_SCENES else config["recordings"]["classes"],
    "alpha": config["statistics"]["alpha"],
    "scene_model": SCENE_MODELS[0] if HAS_SCENES else "",
    "timeline_participants": config["report"]["timeline_participants"],
    "top_associations": config["report"]["top_associations"],
    "heatmap_features": config["report"]["heatmap_features"],
    "show_eyes": SHOW_EYES,
}


rule save_config:
    output:
        "results/config.yaml",
    log:
        "results/logs/save_config.log",
    benchmark:
        "results/benchmarks/save_config.tsv"
    conda:
        "../envs/signals.yaml"
    threads: 1
    resources:
        mem_mb=memory(600),
        runtime=minutes(10),
    params:
        *code("save_config"),
        # What only changes how a run goes changes no result.
        config={name: part for name, part in CONFIG.items() if name != "execution"},
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
        log:
            "results/logs/make_figures.log",
        benchmark:
            "results/benchmarks/make_figures.tsv"
        conda:
            "../envs/signals.yaml"
        threads: 1
        resources:
            mem_mb=memory(700),
            runtime=minutes(20),
        params:
            *code("make_figures"),
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
    log:
        "results/logs/make_page.log",
    benchmark:
        "results/benchmarks/make_page.tsv"
    conda:
        "../envs/signals.yaml"
    threads: 1
    resources:
        mem_mb=memory(700),
        runtime=minutes(10),
    params:
        *code("make_page"),
        title=config["report"]["title"],
        options=REPORT_OPTIONS,
    script:
        "../workflow_scripts/make_page.py"
