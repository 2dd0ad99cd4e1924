"""CIC on the wire: exchanges, the downchannel, authorisation, media. Inputs in, commands out; never opens a socket."""
