"""What makes reruns, kills and clusters safe; outside code(), so an edit here reruns nothing."""
