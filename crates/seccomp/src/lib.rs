//! Rules to BPF.
#![forbid(unsafe_code)]
