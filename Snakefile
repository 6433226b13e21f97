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


if config["execution"]["container"]:

    container: config["execution"]["container"]


for name in rule_files(RUN):

    include: f"rules/{name}.smk"


# What rules leave out: logs, benchmarks, an environment, and resources (MB, minutes) where nothing else is said.
complete(workflow, {"mem_mb": memory(600), "runtime": minutes(10)})


rule all:
    default_target: True
    input:
        targets(RUN),
    message:
        "All results of this run are there."


# Every model's folds as one: what another dataset, or people who join later, can be predicted with.
rule freeze:
    input:
        expand("results/learn/frozen/{model}.json", model=RUN.freezable),


onstart:
    if workflow.is_main_process:
        keep(RUN.plan)
        keep_answers()
        keep_files(targets(RUN), every_file(RUN))
        look_again_once(workflow.scheduler)


onsuccess:
    if said := unlike_before():
        print(said, file=sys.stderr)
