//! The first packets of a connection, whole and byte by byte: the same comes out.
#![no_main]
use libfuzzer_sys::fuzz_target;
use pgward_wire::opening::{Encryption, Opened, Opening};

fn told(opening: &mut Opening, bytes: &[u8]) -> Option<String> {
    match opening.next(bytes) {
        Ok(Opened::Wait(length)) => {
            assert!(length > bytes.len());
            None
        }
        Ok(Opened::Answer(length, byte)) => Some(format!("{length} {byte}")),
        Ok(Opened::Tls(length, byte)) => Some(format!("{length} {byte:?}")),
        Ok(Opened::Cancel(key)) => Some(format!("{}", key.process())),
        Ok(Opened::Startup(length, startup)) => Some(format!("{length} {startup:?}")),
        Err(refused) => Some(refused.to_string()),
    }
}

fuzz_target!(|bytes: &[u8]| {
    for encryption in [Encryption::Unavailable, Encryption::Required] {
        let whole = told(&mut Opening::new(encryption), bytes);
        let mut opening = Opening::new(encryption);
        let singly = (1..=bytes.len()).find_map(|end| told(&mut opening, &bytes[..end]));
        // With TLS at hand, bytes behind a request for it are a breach that a shorter delivery does not show yet.
        if encryption == Encryption::Unavailable || bytes.len() <= 8 {
            assert_eq!(whole, singly);
        }
    }
});
