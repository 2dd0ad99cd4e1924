"""CEK on the wire: what a custom extension is asked, how that is signed, and how its answer is read.

Values in, values out: nothing here knows accounts, opens a socket or looks at a clock.
"""
