"""The control API over HTTP: what may be asked, who may ask, and how a wrong request is explained.

`routes` is the one table of calls: requests are read by it, and ``/openapi.json`` is made of it.
"""
