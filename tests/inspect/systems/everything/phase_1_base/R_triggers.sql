create or replace trigger touch before update of handle, mood on public.users
    for each row when (old.handle is distinct from new.handle) execute function private.touch();
comment on trigger touch on public.users is 'On a new handle.';
create or replace trigger quiet after insert on public.booking
    referencing new table as added for each statement execute function private.touch();
alter table public.booking disable trigger quiet;
drop trigger if exists later on public.booking;
create constraint trigger later after insert on public.booking
    deferrable initially deferred for each row execute function private.touch();
create or replace trigger on_sign_up after insert on auth.users
    for each row execute function private.touch();
drop event trigger if exists everything_ddl;
create event trigger everything_ddl on ddl_command_end when tag in ('CREATE TABLE', 'ALTER TABLE')
    execute function private.on_ddl();
