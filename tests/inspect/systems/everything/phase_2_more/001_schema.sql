-- Hangs things on the first phase's objects, changes some and drops one.

alter type public.mood add value 'angry' before 'happy';
alter table public.users add column phone text;
comment on column public.users.phone is 'With the country''s number.';
comment on table public.users is 'People, since phase 2 with a telephone.';
alter table public.users alter column handle set default 'nobody';
create index users_phone_idx on public.users (phone);
drop index public.booking_user_id_idx;
create policy own_booking on public.booking for select to authenticated using ((select auth.uid()) = user_id);
grant select on public.booking to authenticated;
revoke update (mood) on public.users from authenticated;
create trigger touch_event before update on public.cache for each row execute function private.touch();
comment on schema public is 'Documented objects.';
create table public.phone_call (id integer primary key, user_id uuid references public.users (id));
alter table public.phone_call enable row level security;
revoke all on public.phone_call from public, anon, authenticated;
create function public.call_count(who uuid) returns bigint language sql stable set search_path = ''
    as $$ select count(*) from public.phone_call c where c.user_id = who $$;
revoke execute on function public.call_count(uuid) from public, anon, authenticated;
create view public.callers with (security_invoker = true) as select distinct user_id from public.phone_call;
revoke all on public.callers from public, anon, authenticated;
