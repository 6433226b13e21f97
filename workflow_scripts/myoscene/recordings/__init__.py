"""Stage `recordings`: a BIDS dataset -> a sheet of recordings, events and NASA-TLX ratings."""
