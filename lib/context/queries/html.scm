(comment) @comment
((element (start_tag (attribute (attribute_name) @_id (quoted_attribute_value (attribute_value) @name))) @_tag) @field (#eq? @_id "id"))
((start_tag (tag_name) @_tag (attribute (attribute_name) @_source (quoted_attribute_value (attribute_value) @target))) @import
  (#any-of? @_tag "script" "link") (#any-of? @_source "src" "href"))
(attribute_value) @reference
