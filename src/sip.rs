//! SIP: the protocol, as values.
