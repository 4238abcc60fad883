(comment) @comment
(rule_set (selectors) @name (block) @body) @type
(keyframes_statement (keyframes_name) @name (keyframe_block_list) @body) @type
(import_statement [(string_value) (call_expression (arguments (_) @target))]) @import
(import_statement (string_value) @target) @import
(class_name) @reference
(id_name) @reference
(property_name) @reference
