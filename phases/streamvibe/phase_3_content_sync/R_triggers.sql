-- Triggers of phase 3.

create or replace trigger set_updated_at
    before update on public.content_type
    for each row
    execute function private.set_updated_at();

-- Not for a click: it would make every visited page look edited (sitemap's lastmod).
create or replace trigger set_updated_at
    before update on public.content_item
    for each row
    when (
        (old.total_clicks, old.clicks_last_7_days, old.clicks_last_30_days)
        is not distinct from (new.total_clicks, new.clicks_last_7_days, new.clicks_last_30_days)
    )
    execute function private.set_updated_at();

create or replace trigger check_content_platform
    before insert or update of social_account_id, platform_id on public.content_item
    for each row
    execute function private.check_content_platform();

comment on trigger check_content_platform on public.content_item is 'Content has the platform of its account.';

create or replace trigger record_content_revision
    after update on public.content_item
    for each row
    when (
        (
            old.title, old.description, old.thumbnail_url, old.tags, old.hashtags, old.category,
            old.language, old.ai_description, old.visibility, old.seo_title, old.seo_description,
            old.canonical_url, old.deleted_at
        )
        is distinct from (
            new.title, new.description, new.thumbnail_url, new.tags, new.hashtags, new.category,
            new.language, new.ai_description, new.visibility, new.seo_title, new.seo_description,
            new.canonical_url, new.deleted_at
        )
    )
    execute function private.record_content_revision(
        'title', 'description', 'thumbnail_url', 'tags', 'hashtags', 'category', 'language',
        'ai_description', 'visibility', 'seo_title', 'seo_description', 'canonical_url', 'deleted_at'
    );

comment on trigger record_content_revision on public.content_item is 'Keeps what the texts were before.';

create or replace trigger prevent_account_deletion_with_content
    before delete on public.social_account
    for each row
    execute function public.prevent_account_deletion_with_content();

comment on trigger prevent_account_deletion_with_content on public.social_account is
    'Content is deleted on purpose, never along with its account.';
