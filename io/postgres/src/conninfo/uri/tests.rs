#![allow(clippy::unwrap_used, reason = "tests")]
use super::parse;
use proptest::prelude::*;

/// Every setting the URI gives, in a fixed order, `name=value`.
fn read(text: &str) -> Result<String, String> {
    let parameters = parse(text).map_err(|error| error.to_string())?;
    let shown = ["user", "password", "host", "port", "dbname", "sslmode", "options", "hostaddr"];
    let given = shown.iter().filter_map(|name| parameters.get(name));
    Ok(given.map(|given| format!("{}={}", given.name, given.text)).collect::<Vec<_>>().join(" "))
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(read(text).as_deref(), Ok(expected), "{text}");
}

#[track_caller]
fn refuse(text: &str, expected: &str) {
    assert_eq!(read(text), Err(format!("invalid connection string: {expected}")), "{text}");
}

/// The URIs of libpq's own regression test, and what it makes of them.
#[test]
fn uris_are_read_as_libpq_reads_them() {
    check(
        "postgresql://uri-user:secret@host:12345/db",
        "user=uri-user password=secret host=host port=12345 dbname=db",
    );
    check("postgresql://uri-user@host:12345/", "user=uri-user host=host port=12345");
    check("postgresql://uri-user@/", "user=uri-user");
    check("postgres://", "");
    check("postgresql:///db", "dbname=db");
    check("postgresql://host/db", "host=host dbname=db");
    check("postgresql://host:12345", "host=host port=12345");
    check("postgresql://host:/", "host=host");
    check("postgresql://?", "");
    check("postgresql://host?sslmode=disable", "host=host sslmode=disable");
    check("postgresql://u%73er@ho%73t/d%62", "user=user host=host dbname=db");
    check("postgresql://%2Fvar%2Flib%2Fpostgresql/dbname", "host=/var/lib/postgresql dbname=dbname");
    check("postgresql://[::1]:12345/db", "host=::1 port=12345 dbname=db");
    check("postgresql://[2001:db8::1234],[::2]", "host=2001:db8::1234,::2 port=,");
    check("postgresql://a:1,b,c:3/db", "host=a,b,c port=1,,3 dbname=db");
    check("postgresql://host1,host2?user=x", "user=x host=host1,host2 port=,");
    check("postgresql://:pw@h", "password=pw host=h");
    check("postgresql://u:@h", "user=u host=h");
    check("postgresql://u:p:q@h", "user=u password=p:q host=h");
    check("postgresql://u@h/db/with/slashes", "user=u host=h dbname=db/with/slashes");
    check("postgresql:///a@b", "dbname=a@b");
    check("postgresql://h?options=-c%20geqo%3Doff", "host=h options=-c geqo=off");
    check("postgresql://h?ssl=true", "host=h sslmode=require");
    check("postgresql://h/a+b", "host=h dbname=a+b");
    check("postgresql://h?user=a&user=b", "user=b host=h");
    check("postgresql://a%2Cb", "host=a,b");
    check("postgresql://u:p?w@h?sslmode=disable", "user=u password=p?w host=h sslmode=disable");
    check("postgresql://h?user=a&", "user=a host=h");
    check("postgresql://u%3Av%40w@h", "user=u:v@w host=h");
}

#[test]
fn what_libpq_refuses_is_refused() {
    refuse("postgresql://[::1", "no matching \"]\" after an IPv6 host address in the URI");
    refuse("postgresql://[]", "the IPv6 host address in the URI is empty");
    refuse("postgresql://[::1]x", "expected \":\", \",\" or \"/\" after the IPv6 host address in the URI");
    refuse("postgresql://h?zzz", "a query parameter of the URI has no \"=\"");
    refuse("postgresql://h?user=a&&user=b", "a query parameter of the URI has no \"=\"");
    refuse(
        "postgresql://h?password=a=b",
        "query parameter \"password\" of the URI has a second \"=\" (write it %3D)",
    );
    refuse("postgresql://%", "a \"%\" in the URI is not followed by two hexadecimal digits");
    refuse("postgresql://%1g", "a \"%\" in the URI is not followed by two hexadecimal digits");
    refuse("postgresql://u%00@h", "%00 in the URI");
    refuse("postgresql://u%ff@h", "the URI is not UTF-8 once it is decoded");
    refuse("postgresql://u@h/my db", "a blank in the URI (write it %20)");
    assert_eq!(
        read("postgresql://h?usr=x").unwrap_err(),
        "invalid connection option \"usr\" in the connection string"
    );
    assert!(read("postgresql://h?ssl=false").is_err());
}

fn encode(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

proptest! {
    #[test]
    fn encoded_parts_come_back(user in "[^\0]{1,9}", password in "[^\0]{1,9}", dbname in "[^\0]{1,9}") {
        let uri = format!("postgres://{}:{}@h/{}", encode(&user), encode(&password), encode(&dbname));
        prop_assert_eq!(read(&uri), Ok(format!("user={user} password={password} host=h dbname={dbname}")));
    }

    #[test]
    fn no_text_makes_the_parser_panic_and_no_refusal_holds_the_password(text in "[\\[\\]:/?@,=&%a-f0-9é ]{0,40}") {
        let _ = read(&format!("postgres://{text}"));
        let refused = read(&format!("postgres://u:hunter2@h?x{text}")).unwrap_err();
        prop_assert!(!refused.contains("hunter2"));
    }
}
