-- What role postgres, which is no superuser there, may do on Supabase.
grant anon, authenticated, service_role to app_owner;
grant usage on schema auth, extensions to app_owner;
grant all on table auth.users to app_owner;
grant usage on schema vault to app_owner;
grant select, delete on table vault.secrets, vault.decrypted_secrets to app_owner;
grant execute on all functions in schema auth, vault to app_owner;
alter publication supabase_realtime owner to app_owner;
alter default privileges for role app_owner in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges for role app_owner in schema public grant all on sequences to anon, authenticated, service_role;
alter default privileges for role app_owner in schema public grant all on functions to anon, authenticated, service_role;
