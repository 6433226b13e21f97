"""What makes reruns, kills and clusters safe; outside code(), so an edit here reruns nothing."""

# Of what jobs keep with the results and of how they write. Raise it when results must be made anew since that changed.
FORMAT = 1
