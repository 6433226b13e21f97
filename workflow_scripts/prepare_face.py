"""Rule prepare_face: parameters of one participant's face on the clock of the EMG recordings."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.face.prepare import FaceSource, prepare_face

    prepare_face(params.typed(FaceSource), given.recordings, made.parameters, made.sheet)
