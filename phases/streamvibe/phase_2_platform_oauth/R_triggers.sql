-- StreamVibe, phase 2: triggers.
--
-- Needs: R_functions.sql, and phase 1's private.set_updated_at().

create or replace trigger set_updated_at
before update on public.platform
for each row execute function private.set_updated_at();

create or replace trigger set_updated_at
before update on public.platform_connection
for each row execute function private.set_updated_at();

create or replace trigger set_updated_at
before update on public.social_account
for each row execute function private.set_updated_at();

create or replace trigger enforce_social_account_limit
before insert or update of deleted_at, user_id on public.social_account
for each row execute function private.enforce_social_account_limit();
