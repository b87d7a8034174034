//! What can be wrong with a database: a statement that spoils it, the object that must be named, and words that must be
//! in its detail.

/// One damage.
pub struct Case {
    pub sql: &'static str,
    pub object: &'static str,
    pub detail: &'static str,
}

const fn case(sql: &'static str, object: &'static str, detail: &'static str) -> Case {
    Case {
        sql,
        object,
        detail,
    }
}

/// Each is an error by itself.
pub const DAMAGE: &[Case] = &[
    // Tables and columns.
    case(
        "drop table public.phone_call cascade",
        "table public.phone_call",
        "missing",
    ),
    case(
        "alter table public.users rename to people",
        "table public.users",
        "missing",
    ),
    case(
        "alter table public.users drop column bio cascade",
        "column public.users.bio",
        "missing",
    ),
    case(
        "alter table public.users rename column phone to tel",
        "column public.users.phone",
        "missing",
    ),
    case(
        "alter table public.users alter column phone type varchar(30)",
        "column public.users.phone",
        "type is character varying(30), should be text",
    ),
    case(
        "alter table public.users alter column handle drop not null",
        "column public.users.handle",
        "null is allowed, should be forbidden",
    ),
    case(
        "alter table public.users alter column mood set default 'sad'",
        "column public.users.mood",
        "default is 'sad'::public.mood, should be 'happy'::public.mood",
    ),
    case(
        "alter table public.users alter column id drop default",
        "column public.users.id",
        "default is none",
    ),
    case(
        "alter table public.users alter column phone set default '0'",
        "column public.users.phone",
        "default is '0'::text, should be none",
    ),
    case(
        "alter table public.users alter column number set generated always",
        "column public.users.number",
        "identity is always, should be by default",
    ),
    case(
        "alter table public.users alter column lower_handle drop expression",
        "column public.users.lower_handle",
        "generation expression is none",
    ),
    case(
        "alter table public.users alter column bio type text collate \"POSIX\"",
        "column public.users.bio",
        "collation is \"POSIX\", should be \"C\"",
    ),
    case(
        "alter table public.users alter column bio set storage main",
        "column public.users.bio",
        "storage is main, should be external",
    ),
    case(
        "alter table public.users add column extra text",
        "column public.users.extra",
        "is not in the files",
    ),
    case(
        "comment on column public.users.phone is 'Other.'",
        "column public.users.phone",
        "comment is Other.",
    ),
    case(
        "comment on table public.users is null",
        "table public.users",
        "comment is none, should be People",
    ),
    case(
        "alter table public.cache set logged",
        "table public.cache",
        "persistence is permanent, should be unlogged",
    ),
    case(
        "alter table public.users set (fillfactor = 90)",
        "table public.users",
        "options is fillfactor=90",
    ),
    case(
        "alter table public.users replica identity default",
        "table public.users",
        "replica identity is default",
    ),
    case(
        "alter table public.child no inherit public.parent",
        "table public.child",
        "parents is none",
    ),
    case(
        "alter table public.event detach partition public.event_2024",
        "table public.event_2024",
        "partition bounds is none",
    ),
    case(
        "alter foreign table public.remote options (set path 'here')",
        "table public.remote",
        "options is path=here",
    ),
    // Constraints.
    case(
        "alter table public.users drop constraint users_handle_check",
        "constraint public.users.users_handle_check",
        "missing",
    ),
    case(
        "alter table public.users drop constraint users_handle_key",
        "constraint public.users.users_handle_key",
        "missing",
    ),
    case(
        "alter table public.phone_call drop constraint phone_call_user_id_fkey",
        "constraint public.phone_call.phone_call_user_id_fkey",
        "missing",
    ),
    case(
        "alter table public.phone_call drop constraint phone_call_user_id_fkey, \
         add constraint phone_call_user_id_fkey foreign key (user_id) references public.users (id) on delete cascade",
        "constraint public.phone_call.phone_call_user_id_fkey",
        "ON DELETE CASCADE, should be",
    ),
    case(
        "alter table public.users drop constraint users_born_check, \
         add constraint users_born_check check (born > '1900-01-01') not valid",
        "constraint public.users.users_born_check",
        "state is not valid, should be valid",
    ),
    case(
        "alter table public.users add constraint more check (bio <> 'x')",
        "constraint public.users.more",
        "is not in the files",
    ),
    case(
        "alter domain public.email drop constraint email_check",
        "domain constraint public.email.email_check",
        "missing",
    ),
    // Indexes.
    case(
        "drop index public.users_mood_idx",
        "index public.users_mood_idx",
        "missing",
    ),
    case(
        "drop index public.users_phone_idx; create index users_phone_idx on public.users (phone desc)",
        "index public.users_phone_idx",
        "(phone DESC), should be",
    ),
    case(
        "update pg_index set indisvalid = false where indexrelid = 'public.users_phone_idx'::regclass",
        "index public.users_phone_idx",
        "state is invalid, should be valid",
    ),
    case(
        "create unique index one on public.users (born)",
        "index public.one",
        "is not in the files",
    ),
    case(
        "alter table public.users set without cluster",
        "constraint public.users.users_pkey",
        "clustered is no",
    ),
    case(
        "drop statistics public.users_mood_born",
        "statistics public.users_mood_born",
        "missing",
    ),
    // Row level security.
    case(
        "alter table public.users disable row level security",
        "table public.users",
        "row level security is off",
    ),
    case(
        "alter table public.users no force row level security",
        "table public.users",
        "forced row level security is off",
    ),
    case(
        "drop policy own_row_update on public.users",
        "policy public.users.own_row_update",
        "missing",
    ),
    case(
        "alter policy \"Own row, to read\" on public.users using (true)",
        "policy public.users.\"Own row, to read\"",
        "using condition is true, should be",
    ),
    case(
        "alter policy \"Own row, to read\" on public.users to authenticated, anon",
        "policy public.users.\"Own row, to read\"",
        "roles is anon, authenticated, should be authenticated",
    ),
    case(
        "alter policy own_row_update on public.users with check (true)",
        "policy public.users.own_row_update",
        "check condition is true",
    ),
    case(
        "drop policy not_sad on public.users; \
         create policy not_sad on public.users for all to authenticated, anon using (mood <> 'sad')",
        "policy public.users.not_sad",
        "policy is permissive, should be restrictive",
    ),
    case(
        "create policy open_all on public.users for select to anon using (true)",
        "policy public.users.open_all",
        "is not in the files",
    ),
    // Triggers and rules.
    case(
        "drop trigger touch on public.users",
        "trigger public.users.touch",
        "missing",
    ),
    case(
        "alter table public.users disable trigger touch",
        "trigger public.users.touch",
        "state is disabled",
    ),
    case(
        "alter table public.booking enable trigger quiet",
        "trigger public.booking.quiet",
        "state is enabled",
    ),
    case(
        "create trigger more before insert on public.users for each row execute function private.touch()",
        "trigger public.users.more",
        "is not in the files",
    ),
    case(
        "drop trigger on_sign_up on auth.users",
        "trigger auth.users.on_sign_up",
        "missing",
    ),
    case(
        "alter table auth.users disable trigger on_sign_up",
        "trigger auth.users.on_sign_up",
        "state is disabled",
    ),
    case(
        "create trigger another before delete on auth.users for each row execute function private.touch()",
        "trigger auth.users.another",
        "is not in the files",
    ),
    case(
        "drop rule remember on public.parent",
        "rule public.parent.remember",
        "missing",
    ),
    case(
        "alter event trigger everything_ddl disable",
        "event trigger everything_ddl",
        "state is disabled",
    ),
    case(
        "drop event trigger everything_ddl",
        "event trigger everything_ddl",
        "missing",
    ),
    // Functions.
    case(
        "drop function public.call_count(uuid)",
        "function public.call_count(uuid)",
        "missing",
    ),
    case(
        "create or replace function private.aside() returns integer language sql set search_path = '' as 'select 2'",
        "function private.aside()",
        "its body is not the one of the files",
    ),
    case(
        "create or replace function public.parsed(a integer) returns integer language sql begin atomic select a; end",
        "function public.parsed(integer)",
        "its body is not the one of the files",
    ),
    case(
        "alter function public.people(interval) reset search_path",
        "function public.people(interval)",
        "settings is statement_timeout=5s, should be",
    ),
    case(
        "alter function public.people(interval) set search_path = public",
        "function public.people(interval)",
        "search_path=public",
    ),
    case(
        "alter function public.people(interval) security invoker",
        "function public.people(interval)",
        "security is invoker, should be definer",
    ),
    case(
        "alter function public.add_up(integer, integer) volatile",
        "function public.add_up(integer, integer)",
        "volatility is volatile, should be immutable",
    ),
    case(
        "alter function public.add_up(integer, integer) parallel unsafe",
        "function public.add_up(integer, integer)",
        "parallel is unsafe, should be safe",
    ),
    case(
        "alter function public.add_up(integer, integer) called on null input",
        "function public.add_up(integer, integer)",
        "null input is called, should be strict",
    ),
    case(
        "alter function public.add_up(integer, integer) leakproof",
        "function public.add_up(integer, integer)",
        "leakproof is yes, should be no",
    ),
    case(
        "alter function public.people(interval) rows 7",
        "function public.people(interval)",
        "row estimate is 7, should be 50",
    ),
    case(
        "create or replace function public.add_up(a integer, b integer default 3) returns integer language sql \
         immutable parallel safe strict set search_path = '' as $$\n    select a + b;\n$$",
        "function public.add_up(integer, integer)",
        "parameters is a integer, b integer DEFAULT 3",
    ),
    case(
        "drop aggregate public.product(double precision)",
        "function public.product(double precision)",
        "missing",
    ),
    case(
        "comment on function public.add_up(integer, integer) is 'x'",
        "function public.add_up(integer, integer)",
        "comment is x, should be Adds.",
    ),
    // Types and sequences.
    case(
        "alter type public.mood add value 'new'",
        "enum public.mood",
        "labels is sad, so so, angry, happy, new",
    ),
    case(
        "alter type public.mood rename value 'sad' to 'blue'",
        "enum public.mood",
        "labels is blue",
    ),
    case(
        "alter domain public.email drop not null",
        "domain public.email",
        "null is allowed",
    ),
    case(
        "alter domain public.email set default 'x@y'",
        "domain public.email",
        "default is 'x@y'::text",
    ),
    case(
        "alter type public.address add attribute zip text cascade",
        "attribute public.address.zip",
        "is not in the files",
    ),
    case(
        "alter sequence public.ticket_number increment by 1",
        "sequence public.ticket_number",
        "increment is 1, should be 5",
    ),
    case(
        "alter sequence public.ticket_number no cycle",
        "sequence public.ticket_number",
        "cycle is no, should be yes",
    ),
    case(
        "alter sequence public.ticket_number cache 1",
        "sequence public.ticket_number",
        "cache is 1, should be 3",
    ),
    // Views.
    case("drop view public.callers", "view public.callers", "missing"),
    case(
        "create or replace view public.cheerful with (security_invoker = true) as \
         select id, handle, upper(handle) as shout from public.users",
        "view public.cheerful",
        "definition is",
    ),
    case(
        "alter view public.cheerful reset (security_invoker)",
        "view public.cheerful",
        "options is none, should be security_invoker=true",
    ),
    case(
        "drop materialized view public.moods",
        "materialized view public.moods",
        "missing",
    ),
    // Grants.
    case(
        "grant select on public.users to anon",
        "grant on table public.users to anon",
        "should not be granted: SELECT",
    ),
    case(
        "grant delete on public.users to authenticated",
        "grant on table public.users to authenticated",
        "DELETE should not be granted",
    ),
    case(
        "grant select on public.users to public",
        "grant on table public.users to public",
        "should not be granted: SELECT",
    ),
    case(
        "revoke select on public.users from authenticated",
        "grant on table public.users to authenticated",
        "missing: SELECT",
    ),
    case(
        "revoke grant option for select on public.published from anon cascade",
        "grant on table public.published to anon",
        "SELECT should be granted with grant option",
    ),
    case(
        "grant update (handle) on public.users to authenticated",
        "grant on column public.users.handle to authenticated",
        "should not be granted: UPDATE",
    ),
    case(
        "revoke update (bio) on public.users from authenticated",
        "grant on column public.users.bio to authenticated",
        "missing: UPDATE",
    ),
    case(
        "grant execute on function public.people(interval) to anon",
        "grant on function public.people(interval) to anon",
        "should not be granted: EXECUTE",
    ),
    case(
        "grant execute on function public.people(interval) to public",
        "function public.people(interval)",
        "anonymous requests may execute it",
    ),
    case(
        "grant usage on sequence public.ticket_number to anon",
        "grant on sequence public.ticket_number to anon",
        "should not be granted: USAGE",
    ),
    case(
        "revoke usage on type public.mood from public",
        "grant on enum public.mood to public",
        "missing: USAGE",
    ),
    case(
        "grant create on schema private to anon",
        "grant on schema private to anon",
        "CREATE should not be granted",
    ),
    case(
        "grant create on schema public to anon",
        "schema public",
        "anon may create objects in it",
    ),
    case(
        "alter default privileges in schema private grant all on tables to anon",
        "default privileges in private on tables to anon",
        "should not be granted",
    ),
    case(
        "alter default privileges in schema private revoke select on tables from service_role",
        "default privileges in private on tables to service_role",
        "missing: SELECT",
    ),
    // Publications, schemas, what a phase dropped.
    case(
        "alter publication supabase_realtime drop table public.published",
        "publication supabase_realtime table public.published",
        "missing",
    ),
    case(
        "alter publication supabase_realtime set table public.published",
        "publication supabase_realtime table public.published",
        "columns is all, should be id, name",
    ),
    case(
        "alter publication supabase_realtime add table public.users",
        "publication supabase_realtime table public.users",
        "is not in the files",
    ),
    case(
        "comment on schema public is 'x'",
        "schema public",
        "comment is x, should be Documented objects.",
    ),
    case(
        "create index booking_user_id_idx on public.booking (user_id)",
        "index public.booking_user_id_idx",
        "a phase drops it",
    ),
    // What the facts of an object do not show by themselves.
    case(
        "alter table public.phone_call disable trigger all",
        "constraint public.phone_call.phone_call_user_id_fkey",
        "enforcement is off (its triggers are disabled), should be on",
    ),
    case(
        "alter table public.users set (toast.autovacuum_enabled = false)",
        "table public.users",
        "toast.autovacuum_enabled=false",
    ),
    case(
        "alter function public.people(interval) owner to pg_monitor",
        "function public.people(interval)",
        "runs with the rights of its owner pg_monitor",
    ),
    case(
        "create schema pgphase; grant usage on schema pgphase to anon",
        "schema pgphase",
        "USAGE is granted to anon",
    ),
    case(
        "create schema pgphase; create table pgphase.history (); grant usage on schema pgphase to public; \
         grant insert, update on pgphase.history to authenticated",
        "table pgphase.history",
        "INSERT, UPDATE is granted to authenticated",
    ),
];

/// Worth a look, and no error.
pub const WARNINGS: &[Case] = &[
    case(
        "create index more on public.users (born)",
        "index public.more",
        "is not in the files",
    ),
    case(
        "create index more on public.users (born); \
         update pg_index set indisvalid = false where indexrelid = 'public.more'::regclass",
        "index public.more",
        "an interrupted build left it behind",
    ),
    case(
        "create table public.mine (id integer)",
        "table public.mine",
        "row level security is off, and anonymous requests may write the table",
    ),
    case(
        "create view public.mine as select 1 as one",
        "view public.mine",
        "row level security is bypassed",
    ),
    case(
        "alter table public.phone_call owner to pg_monitor",
        "table public.phone_call",
        "belongs to pg_monitor, most objects to postgres",
    ),
];

/// What others may do to a database without it being a finding; `drift` names the object.
pub const HARMLESS: &[(&str, &str)] = &[
    (
        "create table public.mine (id integer primary key); alter table public.mine enable row level security; \
         create policy p on public.mine using (true); create index mine_idx on public.mine (id)",
        "table public.mine",
    ),
    (
        "create function public.mine() returns integer language sql as 'select 1'; \
         revoke execute on function public.mine() from public, anon",
        "function public.mine()",
    ),
    (
        "create type public.colour as enum ('red')",
        "enum public.colour",
    ),
    ("create domain public.word as text", "domain public.word"),
    ("create sequence public.numbers", "sequence public.numbers"),
    (
        "create type public.pair as (a integer, b integer)",
        "composite type public.pair",
    ),
    (
        "create collation public.german (provider = icu, locale = 'de')",
        "collation public.german",
    ),
    (
        "create operator public.=== (leftarg = integer, rightarg = integer, function = int4eq)",
        "operator public.===(integer,integer)",
    ),
    (
        "create text search configuration public.mine (copy = simple)",
        "text search configuration public.mine",
    ),
    ("create publication px for all tables", "publication px"),
    (
        "create publication px for tables in schema public",
        "publication px schema public",
    ),
    (
        "alter default privileges grant select on tables to anon",
        "default privileges on tables to anon",
    ),
    ("create extension citext schema public", "extension citext"),
];
