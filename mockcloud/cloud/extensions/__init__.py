"""Custom extensions: registering them, the sessions users have with them, and what becomes of their answers.

An account owns its extensions, a device its session. Everything here is decided, nothing is sent: a `Reply` says which
extension is to be asked, and the answer comes back as the `CekAnswer` that `mockcloud.cek` has made of it.
"""
