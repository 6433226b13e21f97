"""The stage `statistics`: expression features and ratings -> scene effects, TLX associations with FDR."""

from myoscene.core.stage import Figure, Stage, Table

STAGE = Stage(
    name="statistics",
    after=("recordings", "scenes"),
    when="has_scene_features",
    groups={
        "chance": ("null_cohort",),
        "finish": ("scene_effects", "tlx_associations", "simulate_estimators", "null_check"),
    },
    tables=(
        Table("statistics/scene_effects.csv", schema="SCENE_EFFECTS", read=True, page="scene_effects"),
        Table("statistics/scene_pairs.csv", schema="SCENE_PAIRS", read=True, page="scene_pairs"),
        Table("statistics/scene_families.csv", schema="FAMILIES", read=True),
        Table(
            "statistics/tlx_associations.csv",
            schema="TLX_ASSOCIATIONS",
            when="has_ratings",
            read=True,
            page="associations",
            drawn=True,
        ),
        Table("statistics/families.csv", schema="FAMILIES", when="has_ratings", read=True, page="families"),
        Table("statistics/null_cohorts/{seeds}.csv", schema="NULL_COHORT", over={"seeds": "null_batches"}),
        Table(
            "statistics/null_check.csv",
            schema="NULL_CHECK",
            when="null_batches",
            read=True,
            page="null_check",
            drawn=True,
        ),
        Table(
            "statistics/simulation.csv",
            schema="SIMULATION",
            when="has_simulation",
            read=True,
            page="simulation",
            drawn=True,
        ),
    ),
    figures=(
        Figure("associations", "Workload", when="has_ratings"),
        Figure("forest", "Workload", when="has_ratings"),
        Figure("null_check", "Checks", when="null_batches"),
        Figure("simulation", "Checks", when="has_simulation"),
    ),
)
