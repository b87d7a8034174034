-- StreamVibe, phase 1: triggers.
--
-- Needs: R_functions.sql. Running it again replaces each trigger by itself.

create or replace trigger set_updated_at
before update on public.users
for each row execute function private.set_updated_at();

create or replace trigger set_updated_at
before update on public.user_setting
for each row execute function private.set_updated_at();

create or replace trigger set_updated_at
before update on public.subscription_tier
for each row execute function private.set_updated_at();

create or replace trigger set_updated_at
before update on public.subscription
for each row execute function private.set_updated_at();

create or replace trigger set_updated_at
before update on public.notification
for each row execute function private.set_updated_at();

create or replace trigger set_updated_at
before update on public.cache_store
for each row execute function private.set_updated_at();

create or replace trigger guard_user_verification
before update of is_verified on public.users
for each row execute function private.guard_user_verification();

create or replace trigger sync_profile_visibility
after update of is_public on public.users
for each row
when (new.is_public is distinct from old.is_public)
execute function private.sync_profile_visibility();

create or replace trigger sync_profile_visibility
after insert or update of is_profile_public on public.user_setting
for each row execute function private.sync_profile_visibility();

-- Every account has the role user: noting that would only repeat the list of accounts.
create or replace trigger audit_role_granted
after insert on public.user_role
for each row
when (new.role <> 'user')
execute function private.audit_user_role();

create or replace trigger audit_role_revoked
after delete on public.user_role
for each row
when (old.role <> 'user')
execute function private.audit_user_role();

create or replace trigger on_auth_user_created
after insert on auth.users
for each row execute function private.handle_new_user();

-- Accounts that were there before: after the trigger, whose creation waits for running sign-ups, so that none is missed.
insert into public.users (id)
select a.id from auth.users a
on conflict (id) do nothing;

insert into public.user_setting (user_id)
select u.id from public.users u
on conflict (user_id) do nothing;

insert into public.user_role (user_id, role)
select u.id, 'user' from public.users u
on conflict (user_id, role) do nothing;
