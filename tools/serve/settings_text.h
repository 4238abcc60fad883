#pragma once

namespace sw::tool {

const char* settings_text();  // editor-plugins/settings.json

}  // namespace sw::tool
