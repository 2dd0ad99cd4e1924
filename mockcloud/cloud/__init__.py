"""What the cloud knows and decides: accounts, dialogs, behaviours. Events in, directives out; it never sees a byte."""
