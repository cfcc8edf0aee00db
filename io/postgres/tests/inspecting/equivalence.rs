//! Expressions that are one to the server.

use pgward_catalog::class::Class;
use pgward_catalog::object::ObjectKey;
use pgward_postgres::equivalence::parsing::compare_by_parsing;
use pgward_postgres::equivalence::{Answer, Question, compare_expressions};

use crate::inspecting::server::{Server, every_major};

#[tokio::test]
async fn the_server_tells_rewriting_from_change_and_says_what_is_wrong() {
    for server in every_major().map(Server::with_fixture) {
        server.sql("fixture", SETUP);
        let client = server.client("fixture").await;
        let table = ObjectKey::in_schema(Class::Table, "app", "customers");
        let parent = ObjectKey::in_schema(Class::PartitionedTable, "app", "measures");
        let questions: Vec<Question> = CASES
            .iter()
            .map(|(on, left, right, _)| Question {
                table: if *on == "customers" { table.clone() } else { parent.clone() },
                left: (*left).to_owned(),
                right: (*right).to_owned(),
            })
            .collect();
        client.batch_execute("begin read only").await.unwrap();
        let answers = compare_expressions(&client, &questions).await.unwrap();
        assert_eq!(answers.len(), CASES.len());
        for ((_, left, right, expected), answer) in CASES.iter().zip(answers) {
            let said = said(answer);
            assert!(said.starts_with(expected), "PostgreSQL {}: {left} ~ {right}: {said}", server.major);
        }
        assert!(client.batch_execute("select 1").await.is_ok(), "the transaction goes on");
    }
}

/// What the server prints for a policy is what it prints for the contract's words, and nobody's function is called to
/// find that out: each of these would leave a row, a notice or an error.
#[tokio::test]
async fn expressions_that_must_not_be_planned_are_told_by_parsing_alone() {
    for server in every_major().map(Server::with_fixture) {
        server.sql("fixture", SETUP);
        server.sql("fixture", FUNCTIONS);
        let client = server.client("fixture").await;
        let major = server.major;
        let on = |name: &str| ObjectKey::in_schema(Class::Table, "app", name);
        let mut questions = Vec::new();
        for (expression, _) in PARSED {
            server.sql("fixture", &format!("create policy printed on app.date using ({expression})"));
            let left = server.sql("fixture", PRINTED).trim_end().to_owned();
            server.sql("fixture", "drop policy printed on app.date");
            questions.push(Question { table: on("date"), left, right: (*expression).to_owned() });
        }
        let changed = |question: &Question| Question {
            right: question.right.replace("tenant", "id"),
            ..question.clone()
        };
        let others: Vec<Question> = questions.iter().map(changed).collect();
        let before = server.sql("fixture", TRACES);

        client.batch_execute("begin; select pg_catalog.set_config('search_path', '', true)").await.unwrap();
        for (answer, question) in
            compare_expressions(&client, &questions).await.unwrap().iter().zip(&questions)
        {
            assert!(matches!(answer, Answer::CannotTell(_)), "PostgreSQL {major}: {question:?}: {answer:?}");
        }
        let answers = compare_by_parsing(&client, &questions).await.unwrap();
        for ((question, (_, expected)), answer) in questions.iter().zip(PARSED).zip(answers) {
            let said = said(answer);
            assert!(said.starts_with(expected), "PostgreSQL {major}: {question:?}: {said}");
        }
        for (question, answer) in others.iter().zip(compare_by_parsing(&client, &others).await.unwrap()) {
            assert_ne!(answer, Answer::Same, "PostgreSQL {major}: {question:?}");
        }
        client.batch_execute("commit").await.unwrap();
        assert_eq!(server.sql("fixture", TRACES), before, "PostgreSQL {major}");
    }
}

/// Who may not write, or would run an event trigger by writing, is not told.
#[tokio::test]
async fn nothing_is_parsed_where_that_would_write_or_run_something() {
    for server in every_major().map(Server::with_fixture) {
        server.sql("fixture", SETUP);
        server.sql("fixture", FUNCTIONS);
        let client = server.client("fixture").await;
        let question = Question {
            table: ObjectKey::in_schema(Class::Table, "app", "date"),
            left: "(tenant = app.tenant())".to_owned(),
            right: "tenant = app.tenant()".to_owned(),
        };
        let questions = [question];
        let ask = async |begin: &str| {
            client.batch_execute(begin).await.unwrap();
            let answer = compare_by_parsing(&client, &questions).await.unwrap().remove(0);
            assert!(client.batch_execute("select 1; rollback").await.is_ok(), "the transaction goes on");
            said(answer)
        };
        let major = server.major;
        assert_eq!(ask("begin").await, "same", "PostgreSQL {major}");
        let refused = ask("begin read only").await;
        assert!(
            refused.starts_with("cannot tell: cannot execute CREATE TABLE"),
            "PostgreSQL {major}: {refused}"
        );
        server.sql("fixture", "create event trigger watch on ddl_command_end execute function app.watch()");
        assert_eq!(ask("begin").await, "same", "PostgreSQL {major}: a superuser keeps it out");
        server.sql("fixture", "alter event trigger watch enable always");
        let refused = ask("begin").await;
        let expected = "cannot tell: to have it parsed would run event trigger watch";
        assert_eq!(refused, expected, "PostgreSQL {major}");
        server.sql("fixture", "alter event trigger watch disable");
        assert_eq!(ask("begin").await, "same", "PostgreSQL {major}");
    }
}

fn said(answer: Answer) -> String {
    match answer {
        Answer::Same => "same".to_owned(),
        Answer::Different => "different".to_owned(),
        Answer::Invalid { message, .. } => format!("invalid: {message}"),
        Answer::CannotTell(why) => format!("cannot tell: {why}"),
    }
}

/// Conditions on a table that is named like a type, with what is said of them and of their printed texts.
const PARSED: &[(&str, &str)] = &[
    ("tenant = app.tenant()", "same"),
    ("tenant = app.tenant() and id in (1, 2) and day > '2020-01-01'", "same"),
    ("(select app.tenant()) = tenant and day between date '2020-01-01' and '2021-01-01'", "same"),
    ("tenant = 1 and app.harmful(1)", "same"),
    ("tenant = app.inlined() and word = 'x' and 'y'::app.word = word", "same"),
    (
        "tenant in (select m.tenant from app.members m where m.who = app.tenant() and m.tenant = date.tenant
           and exists (select from app.date d where d.id = date.id))",
        "same",
    ),
    ("app.about_row(date) and tenant = 1", "cannot tell: function app.about_row"),
];

const PRINTED: &str =
    "set search_path = ''; select pg_get_expr(polqual, polrelid) from pg_policy where polname = 'printed'";

/// Rows that functions have left, and what could have been forgotten.
const TRACES: &str = "select (select count(*) from app.calls),
    (select count(*) from pg_class where relnamespace::regnamespace::text like 'pg_temp%'),
    (select count(*) from pg_policy)";

const FUNCTIONS: &str = "
create table app.calls (by text);
grant insert on app.calls to app_owner;
create function app.tenant() returns int language plpgsql stable as 'begin raise exception $$it ran$$; end';
create function app.inlined() returns int language sql volatile as
  'insert into app.calls values ($$inlined$$); select 1';
create function app.checked(text) returns bool language plpgsql immutable as 'begin raise exception $$it ran$$; end';
create domain app.word as text check (app.checked(value));
create table app.date (id int, tenant int, day date, word app.word);
create function app.about_row(app.date) returns bool language plpgsql stable as 'begin raise exception $$it ran$$; end';
create function app.watch() returns event_trigger language plpgsql as
  'begin insert into app.calls values ($$watch$$); end';
alter function app.tenant owner to app_owner;
alter function app.inlined owner to app_owner;
alter function app.checked owner to app_owner;
alter function app.about_row owner to app_owner;
";

/// What the server printed for the left expression is on the right, unless they differ.
const CASES: &[(&str, &str, &str, &str)] = &[
    ("customers", "tenant = 1", "tenant = 1", "same"),
    ("customers", "email in ('a', 'b')", "(email = ANY (ARRAY['a'::text, 'b'::text]))", "same"),
    ("measures", "value in (1, 2)", "(value = ANY (ARRAY[1, 2]))", "same"),
    ("measures", "value in (1, 2)", "(value = ANY (ARRAY[1, 3]))", "different"),
    (
        "customers",
        "tenant = current_setting('app.tenant')::int",
        "(tenant = (current_setting('app.tenant'::text))::integer)",
        "same",
    ),
    (
        "customers",
        "exists (select from app.members m where m.who = current_setting('app.who')::int and m.tenant = customers.tenant)",
        "(EXISTS ( SELECT FROM app.members m WHERE ((m.who = (current_setting('app.who'::text))::integer) AND (m.tenant = customers.tenant))))",
        "same",
    ),
    (
        "customers",
        "exists (select from app.members m where m.who = current_setting('app.who')::int)",
        "exists (select from app.members m where m.who = current_setting('app.whom')::int)",
        "different",
    ),
    (
        "customers",
        "tenant between 1 and 5 and not tenant = 3",
        "(((tenant >= 1) AND (tenant <= 5)) AND (NOT (tenant = 3)))",
        "same",
    ),
    ("customers", "tint = 'red'", "(tint = 'red'::app.color)", "same"),
    ("customers", "id is not null", "true", "different"),
    ("customers", "true", "false", "different"),
    ("customers", "nope = 1", "true", "invalid: column \"nope\" does not exist"),
    ("customers", "tenant = ", "true", "invalid: syntax error"),
    ("customers", "tenant", "true", "invalid: argument of WHERE must be type boolean"),
    ("customers", "count(*) > 1", "true", "invalid: aggregate functions are not allowed"),
    ("customers", "true); drop table app.orders; --", "true", "invalid: syntax error"),
    ("customers", "true -- always", "true", "same"),
    (
        "customers",
        "app.harmful(1)",
        "true",
        "cannot tell: planning it may run function app.harmful(integer) of role app_owner",
    ),
];

const SETUP: &str = "
create table app.members (tenant int, who int);
insert into app.members select n, n from generate_series(1, 100) n;
analyze app.members;
create function app.harmful(int) returns bool language plpgsql immutable as 'begin raise exception $$it ran$$; end';
alter function app.harmful owner to app_owner;
";
