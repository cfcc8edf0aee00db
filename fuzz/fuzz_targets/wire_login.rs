//! SCRAM with a peer that says whatever it likes: nobody is let in, and no server is trusted.
#![no_main]
use libfuzzer_sys::fuzz_target;
use pgward_credential::{ScramVerifier, Secret};
use pgward_wire::scram::client::Hello;
use pgward_wire::scram::server::{Binding, Challenged};
use std::num::NonZeroU32;

fuzz_target!(|messages: (Vec<u8>, Vec<u8>)| {
    let secret = || Secret::new("server".to_owned());
    let verifier = || ScramVerifier::mock(&secret(), "eve", NonZeroU32::MIN);
    for binding in [Binding::None, Binding::EndPoint(b"hash")] {
        if let Ok((challenged, _)) = Challenged::new(&messages.0, verifier(), "nonce", binding) {
            assert!(challenged.prove(&messages.1).is_err());
        }
    }
    if let Ok((hello, _)) = Hello::new("nonce", b"SCRAM-SHA-256\0\0", Binding::None)
        && !messages.0.windows(2).any(|pair| pair == b"i=")
    {
        assert!(hello.answer(&messages.0, &secret().into()).is_err());
    }
});
