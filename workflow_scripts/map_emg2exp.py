"""Face parameters from muscles: every model and protocol over everybody, and predictions over the scenes."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.mapping.jobs import MapSettings, map_people

    inputs = (list(given.get(name, [])) for name in ("recordings", "envelopes", "faces"))
    map_people(*inputs, made, params.typed(MapSettings))
