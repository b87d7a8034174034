-- Triggers of phase 6.

create or replace trigger stamp_click
    before insert on public.content_click
    for each row
    execute function private.stamp_click();

comment on trigger stamp_click on public.content_click is 'Whose click it is comes from the request; repeated clicks are dropped.';

create or replace trigger pseudonymise_click
    before update of user_id on public.content_click
    for each row
    when (old.user_id is not null and new.user_id is null)
    execute function private.pseudonymise_click();

comment on trigger pseudonymise_click on public.content_click is
    'Fires when the foreign key detaches the clicks of a user who is erased.';

create or replace trigger record_category_revision
    after update on public.content_item
    for each row
    when (old.category_code is distinct from new.category_code)
    execute function private.record_content_revision('category_code');

comment on trigger record_category_revision on public.content_item is 'Keeps what the category was before, as phase 3 does for the texts.';
