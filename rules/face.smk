# Face: each person's videos of the face, or tables that other tools made of them, as parameters of every frame on the clock
# of the EMG recordings.
#
# requires  the participant's raw files (sourcedata/sub-*/[ses-*/]face/), results/recordings/participants/; for videos, the
#           model and its runtime (make face-model)
# makes     results/face/parameters/ and results/face/sheets/, one file a participant; results/face/sheet.csv


rule prepare_face:
    input:
        seen=seen("prepare_face"),
        recordings="results/recordings/participants/{participant}.parquet",
    output:
        parameters="results/face/parameters/{participant}.parquet",
        sheet="results/face/sheets/{participant}.parquet",
    resources:
        mem_mb=memory(900, faces=20),
        runtime=minutes(10, faces=0.4),
    params:
        raw=lambda wildcards: RawFiles(RUN.faces.raw_files[wildcards.participant], RUN.dataset),
        participant=lambda wildcards: wildcards.participant,
        dataset=lambda wildcards: Folder(RUN.dataset),
        emg_recordings=lambda wildcards: RUN.faces.recordings[wildcards.participant],
        left_out=lambda wildcards: RUN.faces.left_out[wildcards.participant],
        offset_s=lambda wildcards: RUN.faces.offset_s[wildcards.participant],
        # Wherever it lies it is the same: its content is checked against the one that is known.
        model=lambda wildcards: Folder(RUN.faces.model),
        video=config["face"]["video"],
        synthetic=RUN.synthetic,
    script:
        "../workflow_scripts/prepare_face.py"


rule check_faces:
    input:
        sheets=expand("results/face/sheets/{participant}.parquet", participant=RUN.face_participants),
    output:
        sheet="results/face/sheet.csv",
    script:
        "../workflow_scripts/check_faces.py"
