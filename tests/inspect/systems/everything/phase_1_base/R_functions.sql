create or replace function public.add_up(a integer, b integer default 2)
returns integer
language sql
immutable
parallel safe
strict
set search_path = ''
as $$
    select a + b;
$$;
comment on function public.add_up(integer, integer) is 'Adds.';
revoke execute on function public.add_up(integer, integer) from public, anon, authenticated;
grant execute on function public.add_up(integer, integer) to anon;

create or replace function public.people(min_age interval default '18 years', out id uuid, out handle text)
returns setof record
language plpgsql
stable
security definer
cost 500
rows 50
set search_path = ''
set statement_timeout = '5s'
as $$
begin
    return query select u.id, u.handle::text from public.users u where u.born < now() - min_age;
end
$$;
revoke execute on function public.people(interval) from public, anon, authenticated;

create or replace function public.parsed(a integer)
returns integer
language sql
begin atomic
    select a * 2 + (select count(*) from public.users)::integer;
end;
revoke execute on function public.parsed(integer) from public, anon, authenticated;

create or replace procedure public.tidy(inout removed integer default 0)
language plpgsql
set search_path = ''
as $$
begin
    removed := 0;
end
$$;
revoke execute on procedure public.tidy(integer) from public, anon, authenticated;

create or replace aggregate public.product(double precision) (
    sfunc = float8mul,
    stype = double precision,
    initcond = '1'
);
revoke execute on function public.product(double precision) from public, anon, authenticated;

create or replace function private.is_member(who uuid)
returns boolean
language sql
stable
security definer
set search_path = ''
as $$
    select exists (select from public.users u where u.id = who);
$$;
revoke execute on function private.is_member(uuid) from public, anon, authenticated;
grant execute on function private.is_member(uuid) to anon, authenticated;

create or replace function private.touch()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
    return new;
end
$$;
revoke execute on function private.touch() from public, anon, authenticated;

create or replace function private.on_ddl()
returns event_trigger
language plpgsql
set search_path = ''
as $$
begin
    null;
end
$$;
