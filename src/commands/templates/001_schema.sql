-- Phase 1 of {name}: the tables that everything else needs.
--
-- Applied once, and frozen from then on: what comes later goes into a new file (`pgphase migrate new`).

create table public.note (
    id bigint generated always as identity,
    body text not null,
    created_at timestamptz not null default now(),
    constraint note_pkey primary key (id),
    constraint note_body_check check (body <> '')
);
comment on table public.note is 'An example. Replace it with your own tables before the first `pgphase migrate up`.';
{rls}