//! Connections that do not become sessions.

use crate::front::USER;
use crate::stage::{Stage, on_the_newest};
use pgward_desk::limit::Bounds;
use pgward_wire::report::Report;
use pgward_wire::startup::Startup;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// What the desk answers before it hangs up.
fn answer(stage: &Stage, bytes: &[u8]) -> Vec<u8> {
    let mut tcp = TcpStream::connect(stage.front.address).unwrap();
    tcp.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    tcp.write_all(bytes).unwrap();
    let mut said = Vec::new();
    tcp.read_to_end(&mut said).unwrap();
    said
}

fn words(said: &[u8]) -> String {
    let at = said.iter().position(|byte| *byte == b'E').unwrap();
    Report::read(b'E', &said[at + 5..]).unwrap().message().to_owned()
}

#[test]
fn a_wrong_token_and_a_stranger_look_alike() {
    on_the_newest(Bounds::default(), |stage| {
        let tried = |user: &str, password: &str| {
            let output = stage.psql(&["-c", "SELECT 1"], &[("PGUSER", user), ("PGPASSWORD", password)]);
            assert!(!output.status.success() && output.stdout.is_empty());
            String::from_utf8_lossy(&output.stderr).replace(user, "USER")
        };
        let wrong = tried(USER, "another token");
        assert!(wrong.contains("password authentication failed for user \"USER\""), "{wrong}");
        assert_eq!(wrong, tried("eve", "another token"));
    });
}

#[test]
fn the_protocol_is_broken_only_once() {
    on_the_newest(Bounds::default(), |stage| {
        let mut startup = vec![];
        Startup::write(USER, "postgres", &[], &mut startup);
        let ssl_request = [8_u32.to_be_bytes(), 80_877_103_u32.to_be_bytes()].concat();
        let stuffed = [ssl_request, startup.clone()].concat();
        assert_eq!(
            words(&answer(&stage, &stuffed)),
            "received unencrypted data after a request for encryption"
        );
        let twice = [startup.clone(), startup.clone()].concat();
        assert_eq!(
            words(&answer(&stage, &twice)),
            "message of type startup is not expected during authentication"
        );
        let early = [startup, b"Q\0\0\0\x0dSELECT 1\0".to_vec()].concat();
        assert_eq!(
            words(&answer(&stage, &early)),
            "message of type 'Q' is not expected during authentication"
        );
        let long = b"\xff\xff\xff\xff\0\x03\0\0";
        assert!(words(&answer(&stage, long)).contains("claims a length of 4294967295 bytes"));
    });
}

#[test]
fn who_stalls_is_cut_and_holds_nobody_up() {
    let bounds = Bounds {
        opening: Duration::from_millis(300),
        login: Duration::from_millis(300),
        ..Bounds::default()
    };
    on_the_newest(bounds, |stage| {
        let mut startup = vec![];
        Startup::write(USER, "postgres", &[], &mut startup);
        let stalled: Vec<TcpStream> = (0..50)
            .map(|n| {
                let mut tcp = TcpStream::connect(stage.front.address).unwrap();
                tcp.write_all(if n % 2 == 0 { &startup[..5] } else { &startup }).unwrap();
                tcp
            })
            .collect();
        let began = Instant::now();
        for mut tcp in stalled {
            tcp.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
            tcp.read_to_end(&mut vec![]).unwrap();
        }
        assert!(began.elapsed() < Duration::from_secs(60));
        assert_eq!(stage.told(&["SELECT 1"]), "1\n");
    });
}

#[test]
fn strangers_from_one_address_are_counted() {
    let bounds = Bounds { strangers_per_address: 3, ..Bounds::default() };
    on_the_newest(bounds, |stage| {
        let waiting: Vec<TcpStream> =
            (0..3).map(|_| TcpStream::connect(stage.front.address).unwrap()).collect();
        // The desk takes connections in order: the fourth comes when three are there.
        let mut fourth = TcpStream::connect(stage.front.address).unwrap();
        fourth.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        assert_eq!(fourth.read(&mut [0; 1]).unwrap(), 0);
        drop(waiting);
        crate::stage::until("room", || stage.told(&["SELECT 1"]) == "1\n");
    });
}
