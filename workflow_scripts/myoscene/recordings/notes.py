"""Rows of EXCLUSIONS: what was left out or is incomplete, and why."""

Note = dict[str, str]


def note(participant: str, reason: str, recording: str = "", channel: str = "") -> Note:
    """One row; "" where a field does not apply."""
    return {"participant": participant, "recording": recording, "channel": channel, "reason": reason}
