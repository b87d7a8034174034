-- The tool's own tables. Format 1.
--
-- Everything is in one schema, so that one look tells whether pgphase has been here, and nothing collides with a
-- system's own objects. The Data API of a platform does not expose it.

create schema pgphase;
comment on schema pgphase is 'Bookkeeping of pgphase, format 1. Do not edit by hand.';

-- One row: what this database holds. An older tool refuses a newer format.
create table pgphase.meta (
    singleton boolean not null default true,
    format integer not null,
    system text not null,
    installed_at timestamptz not null default now(),
    constraint meta_pkey primary key (singleton),
    constraint meta_singleton_check check (singleton)
);
comment on table pgphase.meta is 'Which system this database holds, and in which format these tables are.';

-- Refinery's table, exactly as refinery defines it.
create table pgphase.refinery_schema_history (
    version int8 primary key,
    name varchar(255),
    applied_on varchar(255),
    checksum varchar(255)
);
comment on table pgphase.refinery_schema_history is 'Versioned migrations as refinery records them; version = phase number * 10^15 + file number.';

-- What refinery's table cannot hold: phases, repeatables, seeds, files outside a transaction.
create table pgphase.history (
    phase text not null,
    name text not null,
    phase_number integer not null,
    kind text not null,
    version int8,
    sha256 text not null,
    state text not null,
    statements_done integer not null default 0,
    duration_ms integer,
    applied_at timestamptz not null default clock_timestamp(),
    applied_by text not null default session_user,
    tool_version text not null,
    constraint history_pkey primary key (phase, name),
    constraint history_version_key unique (version),
    constraint history_kind_check check (kind in ('versioned', 'no_transaction', 'repeatable', 'seed')),
    constraint history_state_check check (state in ('running', 'done'))
);
comment on table pgphase.history is 'Every file that has been applied, with its SHA-256; a row goes when its phase is reverted.';
comment on column pgphase.history.sha256 is 'Of the text that was applied; while state is running, of the statements that are done.';
comment on column pgphase.history.state is 'running: a file outside a transaction was begun and has not ended.';
comment on column pgphase.history.statements_done is 'Of a file outside a transaction: how many of its statements are done.';

-- Nobody but the owner reads or writes here, whatever the platform's default privileges say.
revoke all on schema pgphase from public;
do $$
declare
    grantee text;
begin
    for grantee in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated', 'service_role')
    loop
        execute pg_catalog.format('revoke all on schema pgphase from %I', grantee);
        execute pg_catalog.format('revoke all on all tables in schema pgphase from %I', grantee);
    end loop;
end $$;
