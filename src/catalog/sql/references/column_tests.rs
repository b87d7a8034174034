//! Columns that one phase adds to a table of another.

use super::{check, errors};
use crate::catalog::sql::testing::{phase, system};

/// Phase `content` has a table to which phase `category` adds a column.
fn columns(sql: &str) -> Vec<String> {
    let content = "create table public.content_item (id uuid, title text);
                   create table public.other (id uuid, category_code text);
                   create table public.note (id uuid, body text);";
    let category = "alter table public.content_item add column category_code text;";
    let system = system(vec![
        phase("content", &[], content),
        phase("category", &["content"], category),
        phase("top", &["content"], sql),
    ]);
    let found = check(&system);
    assert_eq!(errors(&system), found, "the quick check must agree");
    found
        .into_iter()
        .map(|violation| violation.object)
        .collect()
}

#[test]
fn a_column_that_another_phase_adds_is_a_dependency() {
    const COLUMN: &str = "column public.content_item.category_code";
    for sql in [
        "select category_code from public.content_item;",
        "select c.category_code from public.content_item c join public.note n on n.id = c.id;",
        "select category_code from public.content_item c join public.note n on n.id = c.id;",
        "select id from public.note n where exists (select 1 from public.content_item where id = n.id and category_code = 'x');",
        "insert into public.content_item (id, category_code) values (null, 'x');",
        "insert into public.content_item (id) values (null) on conflict (id) do update set category_code = 'x';",
        "update public.content_item set category_code = 'x';",
        "create index i on public.content_item (category_code);",
        "create index i on public.content_item (lower(category_code));",
        "comment on column public.content_item.category_code is 'x';",
        "alter table public.content_item alter column category_code set not null;",
        "grant update (category_code) on public.content_item to anon;",
        "create policy p on public.content_item using (category_code = 'x');",
        "create table public.k (c text references public.content_item (category_code));",
        "create trigger t before update of category_code on public.content_item for each row execute function extensions.f();",
        "create trigger t before update on public.content_item for each row when (new.category_code = 'x') execute function extensions.f();",
        "create function public.g() returns trigger language plpgsql as $$ begin new.title := new.category_code; return new; end $$;
         create trigger t before update on public.content_item for each row execute function public.g();",
        "create function public.g() returns void language plpgsql as $$ declare r public.content_item%rowtype; begin raise notice '%', r.category_code; end $$;",
        "create function public.g() returns void language plpgsql as $$ declare x public.content_item.category_code%type; begin null; end $$;",
    ] {
        assert_eq!(columns(sql), [COLUMN], "{sql}");
    }
}

#[test]
fn a_column_of_the_same_name_elsewhere_is_not() {
    for sql in [
        "select category_code from public.other;",
        "select o.category_code, c.title from public.content_item c join public.other o using (id);",
        "select c.category_code from public.note n, (select 'x' as category_code) c;",
        "select category_code from public.content_item, (select 'x' as category_code) c;",
        "select id, 'x' as category_code from public.content_item;",
        "create table public.k (category_code text); create index i on public.k (category_code);",
        "create function public.g(category_code text) returns void language plpgsql as $$ begin
            perform 1 from public.content_item where title = category_code; end $$;",
        "create function public.g() returns void language plpgsql as $$ declare category_code text; begin
            select title into category_code from public.content_item; end $$;",
        "with content_item as (select 'x' as category_code) select category_code from content_item;",
        "alter table public.content_item add constraint c check (title <> '');",
    ] {
        assert_eq!(columns(sql), Vec::<String>::new(), "{sql}");
    }
}
