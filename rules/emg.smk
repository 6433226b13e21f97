# EMG: conditioned signals, their quality, each person's normaliser, and features of windows.
#
# requires  results/recordings/{participants,events}/{participant}.parquet and the participant's raw files
# makes     results/emg/signals/, results/emg/quality/, results/emg/normalisers/, results/emg/features/ and
#           results/emg/envelopes/, one file a participant, and results/emg/quality.{parquet,csv}
#
# assess_quality and condition_emg read the EMG files (params emg_files) and their sidecars. Those are watched (seen) by
# describe_participant alone: its table holds the hash of each recording, of its samples as they are decoded, and what
# sidecars say, so a change of any of them goes on from there, and a file that holds something else by now is refused.
#
# Files are decoded in pieces, a channel at a time, by each job that reads them (these two twice, since whether a sample
# is held is said by all channels): of half an hour at 2 kHz that is a sixteenth of what assess_quality takes. A file of
# decoded samples would have to be hashed as well, and take more disk than the raw ones; in one job an edit of a limit
# of quality would condition everybody's signals and train every network.
#
# With recordings.input 'features' the tables of features come from the stage recordings, and nothing here applies.

if RUN.has_emg:

    rule assess_quality:
        input:
            recordings="results/recordings/participants/{participant}.parquet",
            events="results/recordings/events/{participant}.parquet",
        output:
            quality="results/emg/quality/{participant}.parquet",
        resources:
            mem_mb=memory(700, raw=4),
        params:
            emg_files=lambda wildcards: RUN.emg_files(wildcards.participant),
            quality=config["emg"]["quality"],
            filters=config["emg"]["filters"],
            neutral=config["recordings"]["neutral"],
            trim_start_s=config["emg"]["windows"]["trim_start_s"],
            trim_end_s=config["emg"]["windows"]["trim_end_s"],
        script:
            "../workflow_scripts/assess_quality.py"

    rule merge_quality:
        input:
            quality=expand("results/emg/quality/{participant}.parquet", participant=RUN.participants),
        output:
            parquet="results/emg/quality.parquet",
            csv="results/emg/quality.csv",
        script:
            "../workflow_scripts/merge_quality.py"

    # With the normaliser, which is fitted in less time than a job takes to start. Not with the features: what they
    # are must not train a network again.
    rule condition_emg:
        input:
            recordings="results/recordings/participants/{participant}.parquet",
            events="results/recordings/events/{participant}.parquet",
        output:
            signals="results/emg/signals/{participant}.parquet",
            normaliser="results/emg/normalisers/{participant}.json",
        resources:
            mem_mb=memory(700, raw=8),
        params:
            emg_files=lambda wildcards: RUN.emg_files(wildcards.participant),
            filters=config["emg"]["filters"],
            rate_hz=config["emg"]["rate_hz"],
            max_held_fraction=config["emg"]["quality"]["max_held_fraction"],
            normalise=config["emg"]["normalise"],
            neutral=config["recordings"]["neutral"],
            trim_start_s=config["emg"]["windows"]["trim_start_s"],
            trim_end_s=config["emg"]["windows"]["trim_end_s"],
        script:
            "../workflow_scripts/condition_emg.py"

    rule extract_features:
        input:
            recordings="results/recordings/participants/{participant}.parquet",
            events="results/recordings/events/{participant}.parquet",
            signals="results/emg/signals/{participant}.parquet",
            normaliser="results/emg/normalisers/{participant}.json",
        output:
            features="results/emg/features/{participant}.parquet",
            envelopes="results/emg/envelopes/{participant}.parquet",
        resources:
            mem_mb=memory(600, raw=5),
        params:
            windows=config["emg"]["windows"],
            features=config["emg"]["features"],
            fit_on=config["emg"]["normalise"]["fit_on"],
            rate_hz=config["emg"]["rate_hz"],
            envelope_rate_hz=config["emg"]["envelope_rate_hz"],
        script:
            "../workflow_scripts/extract_features.py"
