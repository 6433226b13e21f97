"""An executor of Snakemake that runs jobs as a cluster does, each a Snakemake of its own, but on this machine.

Found where the folder above is on PYTHONPATH. With ``ARRIVES`` (JSON, ``[from, to]``) the folder ``from`` is moved to
``to`` as soon as the first job has been submitted.
"""

import json
import os
import shutil
import subprocess
from collections.abc import AsyncGenerator
from pathlib import Path

from snakemake_interface_executor_plugins.executors.base import SubmittedJobInfo
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor
from snakemake_interface_executor_plugins.jobs import JobExecutorInterface
from snakemake_interface_executor_plugins.settings import CommonSettings

common_settings = CommonSettings(
    non_local_exec=True,
    implies_no_shared_fs=False,
    job_deploy_sources=False,
    pass_default_storage_provider_args=True,
    pass_default_resources_args=True,
    pass_envvar_declarations_to_cmd=False,
    auto_deploy_default_storage_provider=False,
    init_seconds_before_status_checks=0,
)


class Executor(RemoteExecutor):
    def run_job(self, job: JobExecutorInterface) -> None:
        source, target = json.loads(os.environ["ARRIVES"])
        if Path(source).exists():
            shutil.move(source, target)
        process = subprocess.Popen(self.format_job_exec(job), shell=True)
        self.report_job_submission(SubmittedJobInfo(job=job, aux={"process": process}))

    async def check_active_jobs(self, active_jobs: list[SubmittedJobInfo]) -> AsyncGenerator[SubmittedJobInfo, None]:
        for submitted in active_jobs:
            code = submitted.aux["process"].poll()
            if code is None:
                yield submitted
            elif code:
                self.report_job_error(submitted)
            else:
                self.report_job_success(submitted)

    def cancel_jobs(self, active_jobs: list[SubmittedJobInfo]) -> None:
        for submitted in active_jobs:
            submitted.aux["process"].kill()
