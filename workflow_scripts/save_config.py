"""The configuration that a run really used: the defaults with the user's changes over them."""

from myoscene.machinery.job import job

with job(snakemake) as (_, made, params):
    import yaml
    from myoscene import __version__
    from myoscene.machinery.files import write_text

    head = (
        f"# The complete configuration of this run (myoscene {__version__}): defaults with the user's changes.\n"
        "# Run it again: snakemake --cores 4 --configfile this_file.yaml\n"
    )
    write_text(made[0], head + yaml.safe_dump(params["config"], sort_keys=False, allow_unicode=True))
