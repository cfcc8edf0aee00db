//! A session between two peers that say whatever they like: every other byte of the input says whose the next message is.
#![no_main]
use libfuzzer_sys::fuzz_target;
use pgward_wire::frame::{Frame, Framer, Piece, Side};
use pgward_wire::limits::Limits;
use pgward_wire::session::{Question, Session};
use pgward_wire::watch::Watch;

fuzz_target!(|bytes: &[u8]| {
    let mut session: Session<u32> = Session::new(Watch::new("role"));
    let mut client = Framer::new(Side::Client(Limits { statement: 1000, parameters: 1000 }));
    let mut server = Framer::new(Side::Server);
    let mut rest = bytes;
    while let Some((&of_client, bytes)) = rest.split_first() {
        let framer = if of_client & 1 == 1 { &mut client } else { &mut server };
        let whole = match framer.next(bytes) {
            Ok(Piece::Pass(length)) => {
                rest = &bytes[length..];
                continue;
            }
            Ok(Piece::Look(length)) => &bytes[..length],
            Ok(Piece::Wait(length)) => {
                assert!(length > bytes.len());
                return;
            }
            Err(_) => return,
        };
        rest = &bytes[whole.len()..];
        let frame = Frame { tag: whole[0], whole };
        if of_client & 1 == 0 {
            if session.answered(&frame).is_err() {
                return;
            }
            while session.outcome().is_some() {}
            continue;
        }
        match session.ask(&frame) {
            Err(_) => return,
            Ok(Question::Query(_)) => session.allow_query(1, vec![]),
            Ok(Question::Parse(name, _, _)) => session.allow_parse(name, 2),
            Ok(Question::Call(_)) => session.allow_call(3),
            Ok(Question::Bind(bind, value)) => session.allow_bind(bind.portal, value),
            Ok(Question::Execute(value)) => session.allow_execute(value, None),
            Ok(Question::Deny(report)) => session.deny(&frame, report, &mut vec![]),
            Ok(_) => {}
        }
    }
});
