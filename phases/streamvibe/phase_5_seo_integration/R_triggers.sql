-- Triggers of phase 5.

create or replace trigger set_updated_at
    before update on public.search_engine
    for each row
    execute function private.set_updated_at();

create or replace trigger set_updated_at
    before update on public.seo_connection
    for each row
    execute function private.set_updated_at();

create or replace trigger set_updated_at
    before update on public.seo_submission
    for each row
    execute function private.set_updated_at();

create or replace trigger check_seo_submission
    before insert or update of content_item_id, connection_id, search_engine_id on public.seo_submission
    for each row
    execute function private.check_seo_submission();

comment on trigger check_seo_submission on public.seo_submission is 'Engine and content are those of the connection.';

create or replace trigger drop_seo_secret
    after delete on public.seo_connection
    for each row
    execute function private.drop_seo_secret();

comment on trigger drop_seo_secret on public.seo_connection is 'No credentials stay behind.';
