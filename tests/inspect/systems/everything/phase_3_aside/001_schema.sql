-- Depends on the first phase only: may be applied before or after the second one.

alter table public.users add column nickname text;
create function private.aside() returns integer language sql set search_path = '' as 'select 1';
revoke execute on function private.aside() from public, anon, authenticated;
