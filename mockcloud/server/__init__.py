"""The driver of the cloud machine over real sockets: HTTP/2 listener, certificates, application, control API."""
