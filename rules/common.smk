# For all stages, the run (RUN, which knows who and which models take part), what jobs ask for, and what makes a job look at
# raw files again. Nothing here reads a signal, since it runs at every call of Snakemake.
import os
import sys
from functools import cache

sys.path.insert(0, os.path.join(workflow.basedir, "workflow_scripts"))

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

from myoscene.asks import Asks
from myoscene.core.errors import InputError
from myoscene.core.stage import every_file, figures, page_inputs, rule_files, targets
from myoscene.machinery.digests import Folder, RawFiles, keep_answers, keep_files, replaced
from myoscene.machinery.directory import start
from myoscene.machinery.job import job_key
from myoscene.machinery.orphans import departed
from myoscene.machinery.provenance import contents, one_of, use_this_package
from myoscene.machinery.records import distrust
from myoscene.machinery.restore import restore_alone, unlike_before
from myoscene.machinery.workflow import complete, hold_interrupts, look_again_once
from myoscene.plan import keep, make_plan
from myoscene.run import Run

use_this_package()
restore_alone()
hold_interrupts(shell)


def planned():
    """The run that the configuration asks for and the dataset allows; one clear sentence otherwise."""
    try:
        main = workflow.is_main_process
        notices = [start(main=main)]
        run = Run(make_plan(dict(config), main))
        if main and not any(notices) and workflow.workflow_settings.persistence_backend.name == "FILE":
            notices.append(distrust(every_file(run)))
        if main:
            notices.append(departed(run))
        for notice in filter(None, notices):
            logger.warning(notice)
        return run
    except InputError as error:
        raise WorkflowError(str(error)) from None


RUN = planned()
config.clear()
config.update(RUN.config)
ASKS = Asks(RUN)
memory, minutes = ASKS.memory, ASKS.minutes
training_memory, training_minutes = ASKS.training_memory, ASKS.training_minutes


wildcard_constraints:
    participant=one_of(RUN.participants or ["none"]),
    fold=one_of(RUN.folds or ["none"]),
    model=one_of(RUN.models or ["none"]),


def seen(rule):
    """Input function: changes where the content of the raw files that a job read has changed, whatever their times.

    These are params named `raw` (myoscene.machinery.digests.RawFiles), no inputs: of every input of the jobs that could
    start Snakemake asks the size whenever a job ends, and it compares contents only of inputs with a newer time.
    """
    tell = cache(logger.info)  # once a sentence, however often Snakemake asks

    def token(wildcards):
        raw = workflow.get_rule(rule).params.raw(wildcards)[1] if workflow.is_main_process else None
        return replaced(rule, job_key(wildcards), raw, tell)

    return token
