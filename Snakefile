# Raw facial EMG and eye images -> features -> one model per held-out participant -> continuous expressions over scenes ->
# expression features -> scene effects and NASA-TLX associations -> one page.
#
#     snakemake --cores 4                            the demo cohort (make it first: myoscene simulate demo_cohort)
#     snakemake --cores 4 --configfile my.yaml       your own recordings
#
# Each stage has one name in five places: rules/X.smk, workflow_scripts/myoscene/X/, `X:` in the config,
# tests/X/ and results/X/.
import os

from snakemake.utils import min_version

min_version("9.27")


configfile: os.path.join(workflow.basedir, "config/config.yaml")


include: "rules/common.smk"
include: "rules/recordings.smk"


if INPUT == "emg":

    include: "rules/emg.smk"


if HAS_EYES:

    include: "rules/eyes.smk"


if MODELS:

    include: "rules/learn.smk"


if EYE_MODELS:

    include: "rules/learn_eyes.smk"


if FUSION_MODELS:

    include: "rules/learn_fusion.smk"


if HAS_SCENE_FEATURES:

    include: "rules/scenes.smk"
    include: "rules/statistics.smk"


include: "rules/report.smk"


rule all:
    default_target: True
    input:
        targets(),


# Every model's folds as one: what another dataset, or people who join later, can be predicted with.
rule freeze:
    input:
        expand("results/learn/frozen/{model}.json", model=FREEZABLE),


onstart:
    if workflow.is_main_process:
        keep(PLAN)
        keep_answers()
        look_again_once(workflow.scheduler)
    leftover = departed("results", PARTICIPANTS)
    if leftover:
        print(leftover, file=sys.stderr)
